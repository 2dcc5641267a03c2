"""From the start of the process to the first picture on the screen, and to the first sound in the room.

The board runs on an X server in memory whose pixels are looked at: its first picture is the first that is not black,
and its bulletin, a picture of one colour, is seen a little later. It has run before, as a box has that gets its power
back; the very first start, with everything still to be checked, stands in a row of its own. Beside it Chromium as a
kiosk with a page of that colour, and mpv with the same picture, each where it is installed. The loudspeaker plays on
a PulseAudio null sink that is listened to: it is ready when its log says that the sound card is open, and heard at
the first loud sample. Beside it mpv with the same file. Python finds its bytecode compiled, as on a box where the agent
is installed. `TTCS_START_RUNS` is how often each is started.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks.boards import box, kiosk
from benchmarks.boards.glass import Colour, Glass, screen
from benchmarks.boards.tree import running
from benchmarks.report import Report, Row, machine
from tests.speaker.pulse import Listener, PulseAudio
from tests.speaker.samples import RATE_HZ, ffmpeg
from tests.system.world import write_tone
from tests.waiting import until

SIZE = (1920, 1080)
MIDDLE = (960, 540)
BLACK, MAGENTA = (0, 0, 0), (255, 0, 255)
LIMIT_MS = 1000.0
PATIENCE_S = 60.0
CHUNK_MS = 20
LOUD = 500
READY = b"output ready"
LOOK_S = 0.003
_PAGE = "data:text/html,<body style='margin:0;background:%23ff00ff'>"
_MPV = ("mpv", "--no-config", "--really-quiet", "--no-terminal")


def run() -> Report:
    """Start each of them several times."""
    runs = int(os.environ.get("TTCS_START_RUNS", "7"))
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        bytecode = {"PYTHONPYCACHEPREFIX": str(work / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
        rows = [*_seen(work, runs, bytecode), *_heard(work, runs, bytecode)]
    return {"name": "start", "machine": machine(), "rows": rows}


# Pictures.


def _seen(work: Path, runs: int, bytecode: Mapping[str, str]) -> Iterator[Row]:
    picture, place = work / "picture.png", work / "board"
    Image.new("RGB", SIZE, MAGENTA).save(picture)
    shown = box.file("b0", picture.name, 3600, fit="cover", layout="full")
    box.furnish(place, box.document([shown], [box.always("main", shown)]))
    shutil.copy(picture, place / "feed")
    with screen(*SIZE, work / "x") as (display, glass):

        def times(command: Sequence[str]) -> tuple[float, float]:
            return _to_picture_ms(list(command), {**bytecode, **kiosk.surroundings(display, work)}, glass)

        _, fresh_ms = times(box.command(place))
        firsts, bulletins = zip(*(times(box.command(place)) for _ in range(runs)), strict=True)
        peers: dict[str, list[float]] = {}
        if kiosk.is_here():
            told = [kiosk.command(_PAGE, SIZE, work / f"profile-{number}") for number in range(runs)]
            peers["Chromium kiosk"] = [times(command)[1] for command in told]
        if shutil.which("mpv"):
            command = (*_MPV, "--vo=x11", "--fs", "--image-display-duration=inf", str(picture))
            peers["mpv"] = [times(command)[1] for _ in range(runs)]
    yield from _rows("board: to its first picture", firsts, {}, LIMIT_MS)
    yield from _rows("board: to the bulletin on air", bulletins, peers, LIMIT_MS)
    yield _row("board: to the bulletin on air at the very first start", fresh_ms, None, "", None)


def _to_picture_ms(command: list[str], surroundings: Mapping[str, str], glass: Glass) -> tuple[float, float]:
    """Start a command; return when the screen was no longer black, and when it was magenta."""
    until(lambda: glass.pixel(*MIDDLE) == BLACK, PATIENCE_S)
    begin_s = time.monotonic()
    with running(command, surroundings):
        first_s = _when(lambda: glass.pixel(*MIDDLE) != BLACK)
        bulletin_s = _when(lambda: _is_magenta(glass.pixel(*MIDDLE)))
    return 1000 * (first_s - begin_s), 1000 * (bulletin_s - begin_s)


def _is_magenta(colour: Colour) -> bool:
    """Return whether this is the colour of the picture; a player may come by it by way of another colour space."""
    return all(abs(one - other) < 16 for one, other in zip(colour, MAGENTA, strict=True))


def _when(condition: Callable[[], bool]) -> float:
    """Wait for something and return the second of the monotonic clock at which it was so."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError("it does not come up")
        time.sleep(LOOK_S)
    return time.monotonic()


# Sound.


def _heard(work: Path, runs: int, bytecode: Mapping[str, str]) -> Iterator[Row]:
    place, tone = work / "speaker", work / "tone.flac"
    write_tone(work / "tone.wav", 600)
    ffmpeg("-i", str(work / "tone.wav"), "-ar", str(RATE_HZ), str(tone))
    played = {"id": "b0", "kind": "audio", "title": "Âm", "content": [{"path": tone.name}]}
    slot = {"id": "all", "days": "always", "playlist": ["b0"]}
    box.furnish(place, box.document([played], [slot]), config="speaker")
    shutil.copy(tone, place / "feed")
    with PulseAudio(work / "pulse") as pulse:
        command = [sys.executable, "-P", "-m", box.PLAIN, "run", "speaker", "--config", str(place / "speaker.toml")]
        _to_sound_ms(command, pulse, bytecode)
        readies, firsts = zip(*(_to_sound_ms(command, pulse, bytecode) for _ in range(runs)), strict=True)
        peers: dict[str, list[float]] = {}
        if shutil.which("mpv"):
            player = [*_MPV, "--ao=pulse", "--no-video", str(tone)]
            peers["mpv"] = [_to_sound_ms(player, pulse, {})[1] for _ in range(runs)]
    yield from _rows("loudspeaker: until it is ready to sound", readies, {}, LIMIT_MS)
    yield from _rows("loudspeaker: to the first sound of what is on air", firsts, peers, None)


def _to_sound_ms(command: list[str], pulse: PulseAudio, bytecode: Mapping[str, str]) -> tuple[float, float]:
    """Start a command; return when it logged that it was ready (0 if it never does), and when it was heard."""
    listener = Listener(pulse, CHUNK_MS)
    ready: list[float] = []
    before = len(listener.chunks)
    begin_s = time.monotonic()
    try:
        with running(command, {**pulse.env, **bytecode}, subprocess.PIPE) as player:
            threading.Thread(target=_note_ready, args=(player.stderr, ready), daemon=True).start()
            heard_s = _first_loud_s(listener, before)
    finally:
        listener.stop()
    return 1000 * (ready[0] - begin_s) if ready else 0.0, 1000 * (heard_s - begin_s)


def _note_ready(log: Iterable[bytes], ready: list[float]) -> None:
    """Note when the log says that the output is ready."""
    with suppress(ValueError):  # the file is closed when the player has ended
        ready += [time.monotonic() for line in log if READY in line]


def _first_loud_s(listener: Listener, seen: int) -> float:
    """Return when the first loud sample was heard among the chunks from a number on."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        for at_us, chunk in listener.chunks[seen:]:
            seen += 1
            samples = array("h", chunk[: len(chunk) // 4 * 4])
            loud = next((place // 2 for place, value in enumerate(samples) if abs(value) > LOUD), None)
            if loud is not None:
                return at_us / 1e6 - (len(samples) // 2 - loud) / RATE_HZ
        time.sleep(CHUNK_MS / 1000)
    raise TimeoutError("no sound")


# Figures.


def _rows(
    what: str, ours: Sequence[float], peers: Mapping[str, Sequence[float]], limit_ms: float | None
) -> Iterator[Row]:
    for name, each in peers.items() or [("", None)]:
        yield _row(f"{what}, median", median(ours), limit_ms, name, median(each) if each else None)
        yield _row(f"{what}, worst of {len(ours)}", max(ours), limit_ms, name, max(each) if each else None)


def _row(what: str, ours: float, limit_ms: float | None, peer_name: str, peer: float | None) -> Row:
    return Row(
        what=what,
        unit="ms",
        ours=round(ours),
        peer_name=peer_name,
        peer=None if peer is None else round(peer),
        ratio=None if peer is None else round(ours / peer, 4),
        target=limit_ms,
        ok=None if limit_ms is None else ours <= limit_ms,
    )
