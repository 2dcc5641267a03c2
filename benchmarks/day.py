"""A day in little more than an hour: items, a relay, silence and alerts in turn, with everything that a box has on it.

A real source over TLS, a real loudspeaker agent with a relay board on a pseudo terminal, a real Icecast station. Every
three minutes two items of 30 s, a relay and half a minute of silence; every two minutes an alert cuts into whatever is
on air. Its output is recorded. What was not played in time is held against timers as in `soak`. `TTCS_DAY_SECONDS` sets
how long it lasts.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import Report, Row, machine
from benchmarks.soak import Slip, anonymous_mb, grown_mb, slips_of
from firmware_py.core.records import PlayRecord, Result
from firmware_py.core.units import MS, SECOND, WallUs
from firmware_py.core.wire import AlertStatus, AlertText
from firmware_py.field.province.desk import Words
from tests.metronome import Metronome
from tests.speaker.amplifiers import RelayBoard
from tests.speaker.samples import ffmpeg
from tests.speaker.stations import Station
from tests.system.province import LinkedBox, Source, seconds_from_now, slot_from, source
from tests.terminal import Terminal

CYCLE_S, ITEM_S, RELAY_S = 180, 30, 90
ALERT_S = 120.0
LEAD_S = 20
GUARD_S = 900
RATE_HZ = 16_000
WARM_UP_S = 300.0
ADDS_UP_PCT = 0.5
GROWTH_MB = 2.0
_WINDOW_S = 0.02
_QUIET = 30
"""What is at most this high, of 32768, is silence."""


@dataclass(slots=True)
class Watched:
    """What was seen of the box while the day went by."""

    memory_mb: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    longest_on_s: float = 0.0
    switched_on: int = 0
    alerts: int = 0


def run() -> Report:
    """Let a day go by; return what was lost, what grew, how long the amplifier was on, and whether records are true."""
    seconds = int(os.environ.get("TTCS_DAY_SECONDS", "3900"))
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        with (
            source(place) as province,
            Station(place, 440) as station,
            Terminal(RelayBoard(), place / "tty") as line,
        ):
            box = _box(province, station, line)
            box.start()
            box.ready()
            province.put_in_force(_schedule(box.directory, station, seconds), box)
            with Metronome() as metronome:
                watched = _watch(province, box, line.wire, seconds + LEAD_S)
            box.stop()
            records, heard_s = box.records(), _heard_s(box.recording)
            slips = list(slips_of("speaker", box.log))
            holes = [slip for slip in slips if slip.excess_ms(metronome) > 0]
    return {"name": "day", "machine": machine(), "rows": list(_rows(records, heard_s, watched, holes, metronome))}


def _box(province: Source, station: Station, line: Terminal[RelayBoard]) -> LinkedBox:
    changes = (
        'sound.sink="null"',
        "sound.record_max_s=86400",
        f"sound.rate_hz={RATE_HZ}",
        f'relay.origins=["{station.address.rpartition("/")[0]}"]',
        'amplifier.driver="modbus"',
        f'amplifier.modbus={{port="{line.path}",unit=7,coil=2}}',
        "amplifier.hold_s=5",
        f"amplifier.max_on_s={GUARD_S}",
    )
    return province.enrol("speaker", "loa", changes=changes)


def _schedule(directory: Path, station: Station, seconds: int) -> Path:
    """Write the items and a programme of as many cycles as the day has room for."""
    bulletins = [_item(directory, "first", "mp3", 330), _item(directory, "second", "flac", 550)]
    relay = {"id": "relay", "kind": "relay", "title": "Tiếp âm", "duration_s": RELAY_S, "sources": [station.address]}
    begin_us = seconds_from_now(LEAD_S)
    slots = [slot for number in range(seconds // CYCLE_S) for slot in _cycle(number, begin_us, bulletins, relay)]
    document = {"format": "ttcs-schedule/1", "version": 1, "bulletins": [*bulletins, relay], "slots": slots}
    path = directory / "day.json"
    path.write_text(json.dumps(document))
    return path


def _item(directory: Path, name: str, kind: str, hz: int) -> dict[str, object]:
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency={hz}:duration={ITEM_S}", str(directory / f"{name}.{kind}"))
    return {"id": name, "kind": "audio", "title": name, "content": [{"path": f"{name}.{kind}"}]}


def _cycle(
    number: int, begin_us: WallUs, items: list[dict[str, object]], relay: dict[str, object]
) -> Iterator[dict[str, object]]:
    at_us = begin_us + number * CYCLE_S * SECOND
    yield slot_from(f"items-{number}", at_us, *items)
    yield slot_from(f"relay-{number}", at_us + 2 * ITEM_S * SECOND, relay)


def _watch(province: Source, box: LinkedBox, board: RelayBoard, seconds: float) -> Watched:
    """Send alerts, and look at memory and amplifier, for so long."""
    watched, begin_s, on_since_s = Watched(), time.monotonic(), 0.0
    while (passed_s := time.monotonic() - begin_s) < seconds:
        if board.on and not on_since_s:
            on_since_s, watched.switched_on = time.monotonic(), watched.switched_on + 1
        if on_since_s:
            watched.longest_on_s = max(watched.longest_on_s, time.monotonic() - on_since_s)
            on_since_s = on_since_s if board.on else 0.0
        if passed_s >= (watched.alerts + 1) * ALERT_S and passed_s < seconds - ALERT_S:
            _alert(province)
            watched.alerts += 1
        for name, pid in _processes(box).items():
            watched.memory_mb.setdefault(name, []).append((passed_s, anonymous_mb(pid)))
        time.sleep(0.5)
    return watched


def _alert(province: Source) -> None:
    words = Words("Lũ quét", (AlertText("vi", "Lũ quét", "Lên chỗ cao ngay."),), repeats=1, minutes=1.0)
    with province.desk() as desk:
        desk.alert(["62"], AlertStatus.ACTUAL, words)


def _processes(box: LinkedBox) -> dict[str, int]:
    status = box.status()
    return {"agent": status.pid, "output": status.output_pid}


def _heard_s(recording: Path) -> float:
    """Return for how long the recording is not silent."""
    with wave.open(str(recording)) as file:
        window = round(_WINDOW_S * file.getframerate())
        loud = 0
        while frames := file.readframes(window):
            loud += max(map(abs, array("h", frames))) > _QUIET
    return loud * _WINDOW_S


def _rows(
    records: list[PlayRecord], heard_s: float, watched: Watched, holes: list[Slip], metronome: Metronome
) -> Iterator[Row]:
    over = [record for record in records if record.result is not Result.SKIPPED]
    silent_s = sum(record.silent_us for record in over) / SECOND
    played_s = sum(record.played_us for record in over) / SECOND - silent_s
    off_pct = abs(played_s - heard_s) / heard_s * 100
    failed = sum(record.result is Result.FAILED for record in over)
    made = sum(record.lost_us for record in over if record.kind != "relay") / MS
    yield _row(f"plays, of them {watched.alerts} alerts that cut in", "", len(over), None, ok=None)
    yield _row("plays that failed", "", failed, 0, ok=failed == 0)
    yield _row("sound of items and alerts lost, in all", "ms", made, None, ok=None)
    yield _row("the machine stood still, at most", "ms", metronome.longest_ms, None, ok=None)
    yield _row("holes in the sound that would be without standstills", "", len(holes), 0, ok=not holes)
    for hole in holes:
        yield _row(_place(hole, over), "ms", hole.ms, None, ok=None)
    for name, values in watched.memory_mb.items():
        first_mb, grown = grown_mb(values, WARM_UP_S)
        what = f"{name}: growth after the first five minutes (from {first_mb:.1f} MB)"
        yield _row(what, "MB", round(grown, 2), GROWTH_MB, ok=grown <= GROWTH_MB)
    what = f"amplifier on at most ({watched.switched_on} times on)"
    longest_s = round(watched.longest_on_s, 1)
    yield _row(what, "s", longest_s, GUARD_S, ok=0 < longest_s <= GUARD_S)
    what = f"records say {played_s:.1f} s were heard, the recording has {heard_s:.1f} s: apart by"
    yield _row(what, "%", round(off_pct, 3), ADDS_UP_PCT, ok=off_pct <= ADDS_UP_PCT)


def _place(hole: Slip, plays: list[PlayRecord]) -> str:
    """Return in which play a hole was told of, and how long after that had begun."""
    play = next(play for play in plays if play.no == hole.no)
    return f"  one in play {play.no} ({play.kind}), {hole.at_s - play.start_mono_us / SECOND:.1f} s after its start"


def _row(what: str, unit: str, ours: float, target: float | None, *, ok: bool | None) -> Row:
    return Row(what=what, unit=unit, ours=ours, peer_name="", peer=None, ratio=None, target=target, ok=ok)
