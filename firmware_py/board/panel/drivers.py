"""Which driver the config asks for: a table, so that a further one is a module and a line."""

from __future__ import annotations

from collections.abc import Callable

from firmware_py.board.panel.cec import Cec
from firmware_py.board.panel.dpms import Dpms
from firmware_py.board.panel.driver import Driver
from firmware_py.board.panel.words import Words
from firmware_py.core.panel_settings import Panel


def _words(panel: Panel) -> Driver | None:
    return Words(panel.serial, panel.answer_s, panel.warm_up_s) if panel.serial else None


def _dpms(panel: Panel) -> Driver | None:
    return Dpms(panel.dpms) if panel.dpms else None


def _cec(panel: Panel) -> Driver | None:
    return Cec(panel.cec) if panel.cec else None


DRIVERS: dict[str, Callable[[Panel], Driver | None]] = {"serial": _words, "dpms": _dpms, "cec": _cec}


def driver_of(panel: Panel) -> Driver:
    """Return the driver of a config that names one; raise `ValueError` for `none`, which needs no process."""
    make = DRIVERS.get(panel.driver)
    driver = make(panel) if make else None
    if driver is None:
        raise ValueError(f"the driver {panel.driver!r} switches nothing")
    return driver
