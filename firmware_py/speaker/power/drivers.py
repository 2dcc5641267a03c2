"""Which driver the config asks for. Each is imported only where it is used: a box has one of them."""

from __future__ import annotations

from firmware_py.core.settings import Power
from firmware_py.speaker.power.driver import Driver


def driver_of(power: Power) -> Driver:
    """Return the driver of a config that names one; raise `ValueError` for `none`, which needs no process."""
    if power.driver == "gpio" and power.gpio:
        from firmware_py.speaker.power.gpio import Gpio  # noqa: PLC0415 - see above

        return Gpio(power.gpio)
    if power.driver == "modbus" and power.modbus:
        from firmware_py.speaker.power.modbus import Modbus  # noqa: PLC0415 - see above

        return Modbus(power.modbus, power.answer_s)
    if power.driver == "serial" and power.serial:
        from firmware_py.speaker.power.words import Words  # noqa: PLC0415 - see above

        return Words(power.serial, power.answer_s)
    raise ValueError(f"the driver {power.driver!r} switches nothing")
