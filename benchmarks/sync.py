"""Two loudspeakers with the same programme: how far apart they are, at fifty starts and within a long item.

Two real agents with the same schedule on one PulseAudio null sink, one heard on its left channel and one on its right,
in one recording. What lies between the two is counted in the recording, to the sample. When its chunks came tells how
far a start is from its instant, but for what the recording itself is late: that is the same for all, so the median is
taken off. The agents have run for a minute by then, as in a box that runs for months. Beside it two libVLC
`MediaPlayer`s that are told to play at the instant, and, where it is installed, Snapcast. `TTCS_STARTS` and
`TTCS_SYNC_MINUTES` set how much is measured.

When the machine stands still for most of the devices' buffer, the sound server runs dry for one or both, and what it
says of its delay is wrong by milliseconds for up to a minute. So what was heard within a minute of that stands in rows
of its own, without a target; timers of real-time priority note when the machine stood still.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from benchmarks.report import Report, Row, machine
from firmware_py.core.units import MS, SECOND, MonoUs
from tests.metronome import Metronome
from tests.speaker import listening
from tests.speaker.listening import RATE_HZ
from tests.speaker.outputs import mono_us
from tests.speaker.pulse import Listener, PulseAudio
from tests.speaker.samples import ffmpeg
from tests.system.province import slot_from, wall_us
from tests.system.world import Box, Json
from tests.waiting import until

SIDES = {"west": "front-left", "east": "front-right"}
CHUNK_MS = 50
CHIRP_S, PERIOD_US = 0.3, SECOND
LEAD_US = 700 * MS
BORNE_MS, RECOVERY_S = 40.0, 60.0
SETTLED_US, SLOT_US = 60 * SECOND, 3 * SECOND
REACH = RATE_HZ // 4
APART_MS, START_MS = 0.2, 2.0
PEER_STARTS = 10
ALIKE = 0.5
"""What is less like the chirp than this is something else."""

_CHIRP = "0.4*sin(2*PI*(400*mod(t\\,1)+1500*mod(t\\,1)*mod(t\\,1)))*lt(mod(t\\,1)\\,0.3)"
_VLC = """
import sys, time, vlc
instance = vlc.Instance("--aout=alsa", "--alsa-audio-device=pulse", "--no-video", "--quiet")
player = instance.media_player_new()
for line in sys.stdin:
    player.set_media(instance.media_new(sys.argv[1]))
    time.sleep(max(0, int(line) / 1e6 - time.monotonic()))
    player.play()
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One start as it was heard on both sides: how far apart, and how far from its instant, in milliseconds."""

    apart_ms: float
    error_ms: float
    at_us: MonoUs = 0


def run() -> Report:
    """Measure ours and the peers."""
    starts, minutes = int(os.environ.get("TTCS_STARTS", "50")), float(os.environ.get("TTCS_SYNC_MINUTES", "30"))
    with tempfile.TemporaryDirectory() as directory, PulseAudio(Path(directory, "pulse")) as pulse:
        place = Path(directory)
        _make(place, minutes)
        for side, channel in SIDES.items():
            shape = f"master=room sink_name={side} channels=1 channel_map=mono master_channel_map={channel} remix=no"
            pulse.load("module-remap-sink", shape)
        chirp = listening.independent(place / "chirp.wav")
        with Metronome() as metronome, _ours(pulse, place) as boxes:
            instants, long_us = _publish(boxes, place, starts)
            until(lambda: mono_us() > instants[0] - SECOND, 2 * SETTLED_US / SECOND)
            heard = _recorded(Listener(pulse, CHUNK_MS), instants, chirp)
            along = list(_along(pulse, long_us, chirp, minutes))
        vlc = _vlc_starts(pulse, place, chirp)
        snap = _snapcast(pulse, place, chirp) if shutil.which("snapserver") and shutil.which("snapclient") else []
    calm = Calm(metronome)
    rows = [*_rows(calm.of(heard), calm.of(along), vlc, snap, minutes), *_all(heard, along), _stood(metronome)]
    return {"name": "sync", "machine": machine(), "rows": rows}


class Calm:
    """Tells what was heard while the machine ran, and had run for a minute."""

    def __init__(self, metronome: Metronome) -> None:
        """Take when it stood still for longer than a buffer bears."""
        self._holes = [(begin, end) for begin, end in metronome.stood if (end - begin) * 1000 > BORNE_MS]

    def of(self, heard: list[Heard]) -> list[Heard]:
        """Return what was not heard within a minute of a hole."""
        return [each for each in heard if self._is_calm(each.at_us / SECOND)]

    def _is_calm(self, at_s: float) -> bool:
        return not any(begin - 1 < at_s < end + RECOVERY_S for begin, end in self._holes)


def _rows(heard: list[Heard], along: list[Heard], vlc: list[Heard], snap: list[Heard], minutes: float) -> Iterator[Row]:
    if not heard or not along:
        yield _row("nothing was heard while the machine ran: measure again", 1, 0, "", [])
        return
    late_ms = median(each.error_ms for each in heard)
    apart, vlc_apart, snap_apart = ([abs(each.apart_ms) for each in group] for group in (heard, vlc, snap))
    error, vlc_error = (_around_median(group) for group in (heard, vlc))
    yield _row(f"two speakers apart at {len(heard)} starts, p50", median(apart), APART_MS, "", [])
    yield _row(f"two speakers apart at {len(heard)} starts, p99", _p99(apart), APART_MS, "two MediaPlayers", vlc_apart)
    if snap:
        yield _row("two speakers apart, p99", _p99(apart), APART_MS, "Snapcast", snap_apart)
    yield _row("from the instant to the first sound, p99", _p99(error), START_MS, "two MediaPlayers", vlc_error)
    yield _row(
        f"apart within {minutes:g} min, {len(along)} looks, at most",
        max(abs(each.apart_ms) for each in along),
        APART_MS,
        "",
        [],
    )
    off = max(abs(each.error_ms - late_ms) for each in along)
    yield _row(f"off the clock within {minutes:g} min, at most", off, START_MS, "", [])


def _all(heard: list[Heard], along: list[Heard]) -> Iterator[Row]:
    """Return how far apart all was that was heard, whether the machine ran or not."""
    for what, group in ((f"{len(heard)} starts", heard), (f"{len(along)} looks within the long item", along)):
        ours = round(_p99([abs(each.apart_ms) for each in group]), 3)
        whole = f"apart with the machine's standstills in it, {what}, p99"
        yield Row(what=whole, unit="ms", ours=ours, peer_name="", peer=None, ratio=None, target=None, ok=None)


def _stood(metronome: Metronome) -> Row:
    """Return for how long the machine stood still: a stretch longer than the buffer is a hole in anybody's sound."""
    what = "the machine stood still meanwhile, at most"
    longest_ms = round(metronome.longest_ms, 1)
    return Row(what=what, unit="ms", ours=longest_ms, peer_name="", peer=None, ratio=None, target=None, ok=None)


def _around_median(group: list[Heard]) -> list[float]:
    """Return how far each start is from its instant, less what all of them are."""
    late_ms = median(each.error_ms for each in group)
    return [abs(each.error_ms - late_ms) for each in group]


def _row(what: str, ours: float, target: float, peer_name: str, peers: list[float]) -> Row:
    peer = round(_p99(peers), 3) if peers else None
    ratio = round(ours / peer, 4) if peer else None
    return Row(
        what=what,
        unit="ms",
        ours=round(ours, 3),
        peer_name=peer_name,
        peer=peer,
        ratio=ratio,
        target=target,
        ok=ours <= target,
    )


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


# The rig.


def _make(place: Path, minutes: float) -> None:
    """Write a short chirp, and a long file with one a second."""
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={_CHIRP}:s={RATE_HZ}:d={CHIRP_S}", str(place / "chirp.wav"))
    length = f"aevalsrc={_CHIRP}:s={RATE_HZ}:d={minutes * 60}"
    ffmpeg("-f", "lavfi", "-i", length, "-b:a", "128k", str(place / "long.mp3"))


def _env(pulse: PulseAudio, side: str) -> dict[str, str]:
    return {**pulse.env, "PULSE_SINK": side}


@contextmanager
def _ours(pulse: PulseAudio, place: Path) -> Iterator[list[Box]]:
    """Give two agents that run, each with its side of the room."""
    boxes = [_box(pulse, place / side, side) for side in SIDES]
    try:
        for box in boxes:
            box.start()
        for box in boxes:
            box.ready()
        yield boxes
    finally:
        for box in boxes:
            box.end()


def _box(pulse: PulseAudio, directory: Path, side: str) -> Box:
    directory.mkdir()
    surroundings = (f"{name}={value}" for name, value in {**pulse.env, "PULSE_SINK": side}.items())
    settings = ('sound.sink="portaudio"', 'sound.device="pulse"', "sound.buffer_ms=60")
    words = tuple(word for setting in settings for word in ("--set", setting))
    box = Box(directory, "speaker", wrapper=("env", *surroundings), extra=words)
    box.offset_us = 0
    return box


# What is played.


def _publish(boxes: list[Box], place: Path, starts: int) -> tuple[list[MonoUs], MonoUs]:
    """Give both the same programme; return when its chirps begin, and when its long item does."""
    to_mono_us = mono_us() - wall_us()
    first_us = (wall_us() + SETTLED_US) // SECOND * SECOND
    chirps_us = [first_us + number * SLOT_US for number in range(starts)]
    long_us = chirps_us[-1] + 2 * SLOT_US
    for box in boxes:
        for name in ("chirp.wav", "long.mp3"):
            shutil.copy(place / name, box.feed.folder)
        chirp, long = (_bulletin(name) for name in ("chirp.wav", "long.mp3"))
        slots = [slot_from(f"chirp-{number}", at, chirp) for number, at in enumerate(chirps_us)]
        box.feed.publish(chirp, long, slots=(*slots, slot_from("long", long_us, long)))
    return [at + to_mono_us for at in chirps_us], long_us + to_mono_us


def _bulletin(name: str) -> Json:
    return {"id": name.partition(".")[0], "kind": "audio", "title": name, "content": [{"path": name}]}


def _along(pulse: PulseAudio, start_us: MonoUs, chirp: bytes, minutes: float) -> Iterator[Heard]:
    """Listen to the long item for some seconds at its beginning, each minute, and at its end."""
    length_us, minute = round(minutes * 60 * SECOND), 60 * SECOND
    for look_us in [*range(SECOND, length_us - 5 * SECOND, minute), length_us - 5 * SECOND]:
        until(lambda at=start_us + look_us: mono_us() >= at, 90)  # type: ignore[misc]
        listener = Listener(pulse, CHUNK_MS)
        seconds = [(mono_us() - start_us) // SECOND + n for n in (2, 3)]
        yield from _recorded(listener, [start_us + second * SECOND for second in seconds], chirp)


def _vlc_starts(pulse: PulseAudio, place: Path, chirp: bytes) -> list[Heard]:
    command = [sys.executable, "-c", _VLC, str(place / "chirp.wav")]
    players = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **_env(pulse, side)}
        )
        for side in SIDES
    ]
    listener, instants = Listener(pulse), []
    for _ in range(PEER_STARTS):
        instants.append(mono_us() + 3 * LEAD_US)
        for player in players:
            assert player.stdin  # noqa: S101 - a pipe was asked for
            player.stdin.write(f"{instants[-1]}\n".encode())
            player.stdin.flush()
        until(lambda: mono_us() > instants[-1] + PERIOD_US, 10)
    found = _recorded(listener, instants, chirp)
    for player in players:
        player.kill()
        player.communicate()
    return found


def _snapcast(pulse: PulseAudio, place: Path, chirp: bytes) -> list[Heard]:
    """Have a Snapcast server feed two of its clients; it knows no instants, so only what lies between them counts."""
    pipe = place / "snapfifo"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    home = {**os.environ, "HOME": str(place)}
    config = place / "snapserver.conf"
    # The package's own has a stream that would come first.
    config.touch()
    server = ["snapserver", "--config", str(config), "--server.datadir", str(place)]
    server += ["--tcp.enabled=false", "--http.enabled=false", "--stream.bind_to_address=127.0.0.1"]
    server += ["--stream.source", f"pipe://{pipe}?name=x&sampleformat={RATE_HZ}:16:2&codec=pcm"]
    started = [subprocess.Popen(server, env=home, **quiet)]  # type: ignore[call-overload]
    try:
        until(pipe.exists, 10)
        feed = ["ffmpeg", "-v", "quiet", "-nostdin", "-y", "-re", "-i", str(place / "long.mp3")]
        started.append(subprocess.Popen([*feed, "-f", "s16le", "-ac", "2", str(pipe)], **quiet))  # type: ignore[call-overload]
        for number, side in enumerate(SIDES):
            client = ["snapclient", "-h", "127.0.0.1", "-i", str(number + 1), "--hostID", side, "--player", "pulse"]
            env = {**home, **_env(pulse, side)}
            started.append(subprocess.Popen(client, env=env, **quiet))  # type: ignore[call-overload]
        settled_us = mono_us() + 8 * SECOND
        until(lambda: mono_us() > settled_us, 20)
        listener = Listener(pulse)
        over_us = mono_us() + 12 * SECOND
        until(lambda: mono_us() > over_us, 20)
        listener.stop()
        west, east = _channels(listener)
        places = range(RATE_HZ, len(west) // 2 - 2 * RATE_HZ, RATE_HZ)
        apart_ms = [_apart_ms(west, east, at, chirp) for at in places]
        return [Heard(each, 0.0) for each in apart_ms if each is not None]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


# What is heard.


def _recorded(listener: Listener, instants: list[MonoUs], chirp: bytes) -> list[Heard]:
    over_us = instants[-1] + 2 * REACH * SECOND // RATE_HZ + SECOND // 2
    until(lambda: listener.heard_until_us > over_us, 20 + (over_us - mono_us()) / SECOND)
    listener.stop()
    west, east = _channels(listener)
    places = ((at, round((at - listener.start_us) * RATE_HZ / SECOND)) for at in instants)
    return [replace(_found(west, east, due, chirp), at_us=at) for at, due in places]


def _found(west: bytes, east: bytes, due: int, chirp: bytes) -> Heard:
    places = [listening.find(chirp, side, due, REACH).frame for side in (west, east)]
    return Heard((places[1] - places[0]) * 1000 / RATE_HZ, median(place - due for place in places) * 1000 / RATE_HZ)


def _apart_ms(west: bytes, east: bytes, near: int, chirp: bytes) -> float | None:
    """Return how much later the east has the chirp that the west has within the second after `near`; None: has not."""
    first = listening.find(chirp, west, near + RATE_HZ // 2, RATE_HZ // 2)
    second = listening.find(chirp, east, first.frame, REACH)
    if min(first.likeness, second.likeness) < ALIKE:
        return None
    return (second.frame - first.frame) * 1000 / RATE_HZ


def _channels(listener: Listener) -> tuple[bytes, bytes]:
    samples = array("h", b"".join(chunk for _, chunk in listener.chunks))
    return samples[::2].tobytes(), samples[1::2].tobytes()
