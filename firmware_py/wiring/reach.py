"""How a box reaches its source system, as its config says: a folder that is watched, or a province."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.settings import Device, Link
from firmware_py.core.state import nobody
from firmware_py.core.trust import Verify
from firmware_py.core.wire import Keyring
from firmware_py.link.folder import Folder
from firmware_py.runtime.ports import NoLink, OpenLink, Reach
from firmware_py.store.opening import Stores


@dataclass(frozen=True, slots=True)
class Ways:
    """How the way is opened once there is somebody to tell, whose word counts, and how a signature is checked."""

    open_link: OpenLink
    keyring: Keyring | None
    check: Verify


def ways_of(device: Device, link: Link, stores: Stores, *, figures: bool = False) -> Ways:
    """Return the ways of a box, with figures if it shows them; raise `Refused` when the keyring it needs is none."""
    if link.broker is None or link.kind == "folder":
        return Ways(lambda *_: Reach(NoLink(), Folder(Path(link.path))), None, nobody)
    # A box that is fed by a folder need not carry three libraries for a network in its memory.
    from firmware_py.wiring.province import check, opener, read_keyring  # noqa: PLC0415 - said above

    return Ways(opener(device, link.broker, stores, figures=figures), read_keyring(Path(link.keyring)), check)
