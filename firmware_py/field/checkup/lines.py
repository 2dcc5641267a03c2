"""What hangs on the box: serial ports, lines, sound card, screen, letters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from firmware_py.core.errors import Unavailable
from firmware_py.core.settings import BoardSettings, SpeakerSettings
from firmware_py.field.checkup.agent import running
from firmware_py.field.checkup.finding import Box, Finding, bad, doubtful, good, split

LETTERS = {
    "Vietnamese": "ĂÂĐÊÔƠƯăâđêôơư ầẩẫấậ ằẳẵắặ ềểễếệ ồổỗốộ ờởỡớợ ừửữứự ỳỷỹýỵ ₫ “”",
    "Ba Na, Xơ Đăng, Gia Rai": "Ĕĕ Ŏŏ Ŭŭ Ĭĭ Ơ̆ơ̆ Ư̆ư̆ Ê̆ê̆ Ô̆ô̆ Č č Ñ ñ",
}


def look(box: Box) -> Iterator[Finding]:
    """Yield whether everything that the config names is there."""
    for key, path in _devices(box.settings):
        yield _device(key, Path(path))
    if isinstance(box.settings, SpeakerSettings):
        yield _sound(box, box.settings)
    else:
        yield _screen(box, box.settings)
        yield from _letters()


def _devices(settings: SpeakerSettings | BoardSettings) -> Iterator[tuple[str, str]]:
    """Yield the key and the path of every device that the config names."""
    if settings.modem.port:
        yield "modem.port", settings.modem.port
    if settings.mains.gpio:
        yield "mains.gpio.chip", settings.mains.gpio.chip
    if isinstance(settings, BoardSettings):
        panel = settings.panel
        if panel.driver == "serial" and panel.serial:
            yield "panel.serial.port", panel.serial.port
        if panel.driver == "cec" and panel.cec:
            yield "panel.cec.device", panel.cec.device
        return
    power = settings.amplifier
    if power.driver == "gpio" and power.gpio:
        yield "amplifier.gpio.chip", power.gpio.chip
    if power.driver == "modbus" and power.modbus:
        yield "amplifier.modbus.port", power.modbus.port
    if power.driver == "serial" and power.serial:
        yield "amplifier.serial.port", power.serial.port


def _device(key: str, path: Path) -> Finding:
    if not path.exists():
        return bad("lines", f"{key}: there is no {path}", "plug the device in, or write the port where it is")
    if not os.access(path, os.R_OK | os.W_OK):
        remedy = "run this command as the user of the agent; put that user into the group of the device"
        return bad("lines", f"{key}: {path} may not be used by this user", remedy)
    return good("lines", f"{key}: {path} is there")


def _sound(box: Box, settings: SpeakerSettings) -> Finding:
    """Return whether the sound card can be opened; of one that the agent plays on, what that says."""
    sound = settings.sound
    name = f"the device with {sound.device!r} in its name" if sound.device else "the system's sound device"
    if sound.sink == "null":
        return bad("sound", 'sound.sink is "null": nothing is heard', 'write sink = "portaudio"')
    if (status := running(box)) and status.output == "ready":
        return good("sound", "the agent has its output open")
    from firmware_py.speaker.finder import is_there  # noqa: PLC0415 - a board's box has no sound library

    if is_there(sound):
        return good("sound", f"{name} opens")
    remedy = "plug the card in; aplay -L lists what there is, sound.device takes a part of a name"
    return bad("sound", f"{name} does not open", remedy)


def _screen(box: Box, settings: BoardSettings) -> Finding:
    """Return whether there is something on which a board can be seen."""
    if settings.screen.driver == "offscreen":
        return doubtful("screen", 'screen.driver is "offscreen": nothing is seen', 'write driver = "auto"')
    if not box.surroundings.keys().isdisjoint(("DISPLAY", "WAYLAND_DISPLAY")):
        return good("screen", "there is a desktop to draw on")
    from firmware_py.board.presence import connectors  # noqa: PLC0415 - a loudspeaker's box has no screen

    found = connectors(box.sys / "class/drm")
    connected = [name for name, there in found.items() if there]
    if connected:
        return good("screen", f"a monitor is connected to {', '.join(connected)}")
    what = f"no monitor is connected to {', '.join(found)}" if found else "there is no graphics card"
    return bad("screen", what, "check the cable, that the panel has power, and that its input is the right one")


def _letters() -> Iterator[Finding]:
    from firmware_py.board.glyphs import FontChain  # noqa: PLC0415 - a loudspeaker's box has no fonts

    try:
        chain = FontChain()
    except Unavailable as error:
        yield split("letters", error.detail)
        return
    for language, letters in LETTERS.items():
        missing = chain.missing(letters.replace(" ", ""))
        if missing:
            remedy = "install the Debian packages fonts-noto-core and fonts-unifont"
            yield bad("letters", f"no font has {' '.join(missing)} ({language})", remedy)
        else:
            yield good("letters", f"every letter of {language} can be drawn")
