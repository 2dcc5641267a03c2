"""`ttcs demo`: the main job on a fresh machine: both agents on `config/demo/`, heard, seen and recorded.

Both agents run as they would on a box, at the time of day of the demo's programme: the wall clock of both is
moved by the same offset. Sound card and screen are used when there are any; speaker.wav, board.png and
plays.jsonl are left in DIR always.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_py.core.codec import to_json
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.overview import OnAir, Status
from firmware_py.core.records import PlayRecord, Result
from firmware_py.core.units import SECOND, DurationUs, WallUs, from_datetime, to_datetime
from firmware_py.field import arguments as typed
from firmware_py.field.status import CHANNELS, OPTIONAL
from firmware_py.runtime.status import read_status
from firmware_py.store.journal import Journal
from firmware_py.store.opening import JOURNAL

CONFIG = Path(__file__).resolve().parents[2] / "config" / "demo"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PRODUCTS = ("speaker", "board")
SECTIONS_OF_ONE = {"speaker": ("sound", "hours"), "board": ("screen",)}
STOP_LIMIT_S = 5.0
MARK = "made by ttcs demo; removed and made anew by the next one\n"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--seconds", type=float, default=None, metavar="N", help="end after N seconds; default: Ctrl-C")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="where to leave the results")
    at = "time of day at which the demo begins"
    parser.add_argument("--at", type=typed.time_of_day, default="05:29:57", metavar="HH:MM:SS", help=at)
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="DIR", help="speaker.toml, board.toml, feed/")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a config value (TOML)")


def main(options: argparse.Namespace) -> int:
    """Run the demo; return 0 when both agents ended as asked and each of them played or showed something."""
    out: Path = options.out.resolve()
    work = _work_directory(out)
    offset_us = _offset(options.at)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # ended from outside: the agents must end too
    agents: list[_Agent] = []
    try:
        agents.extend(_Agent(product, options, out, work / product, offset_us) for product in PRODUCTS)
        failed = _watch(agents, offset_us, options.seconds)
    except KeyboardInterrupt:
        failed = []
    failed += [agent.product for agent in agents if not agent.stop()]
    records = [record for agent in agents for record in agent.records()]
    (out / "plays.jsonl").write_bytes(b"".join(to_json(record) + b"\n" for record in records))
    return _summary(out, records, failed)


def _work_directory(out: Path) -> Path:
    work = out / "work"
    mark = work / "MADE-BY-TTCS"
    try:
        if mark.exists():
            shutil.rmtree(work)
        work.mkdir(parents=True)
        mark.write_text(MARK)
    except OSError as error:
        what = f"{work}: cannot be made ({error.strerror}); name another directory with --out"
        raise Unavailable(Code.FOLDER_UNREADABLE, what) from error
    return work


def _offset(since_midnight_us: DurationUs) -> DurationUs:
    """Return what moves the clock to that time of day, on the day it is in Viet Nam."""
    now = datetime.now(ZONE)
    midnight = datetime(now.year, now.month, now.day, tzinfo=ZONE)
    return from_datetime(midnight) + since_midnight_us - from_datetime(now)


def changes_for(product: str, changes: Iterable[str]) -> list[str]:
    """Return the changes of config values that concern a product: all but those of what only the other one has."""
    (other,) = (name for name in PRODUCTS if name != product)
    return [change for change in changes if change.split(".")[0].strip() not in SECTIONS_OF_ONE[other]]


def _quoted(path: Path) -> str:
    """Return a path as a TOML text; that of JSON is one."""
    return to_json(str(path)).decode()


class _Agent:
    """One agent process of the demo."""

    def __init__(self, product: str, options: argparse.Namespace, out: Path, work: Path, offset_us: int) -> None:
        self.product, self._work = product, work
        work.mkdir()
        results = {"speaker": ("sound.record_to", "speaker.wav"), "board": ("screen.snapshot_to", "board.png")}
        key, name = results[product]
        changes = (
            f"{key}={_quoted(out / name)}",
            *changes_for(product, options.set),
            f"device.state_dir={_quoted(work / 'state')}",
            f"device.run_dir={_quoted(work / 'run')}",
        )
        words = [word for change in changes for word in ("--set", change)]
        config = str(options.config / f"{product}.toml")
        argv = ["run", product, "--config", config, "--clock-offset", str(offset_us / SECOND), *words]
        self._log = (work / "log.txt").open("wb")
        command = [sys.executable, "-P", "-m", "firmware_py.field.main", *argv]
        self.process = subprocess.Popen(command, stderr=self._log, stdin=subprocess.DEVNULL, start_new_session=True)

    def status(self) -> Status | None:
        """Return what the agent says of itself, once it does."""
        return read_status(self._work / "run" / "status.json")

    def stop(self) -> bool:
        """Ask the agent to end; return whether it did so in time and well."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT_S) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False
        finally:
            self._log.close()

    def records(self) -> tuple[PlayRecord, ...]:
        """Return the play records of the agent's journal; the agent must have ended."""
        path = self._work / "state" / JOURNAL
        if not path.exists():
            return ()
        with Journal.open(path) as journal:
            return tuple(journal.records())


def _watch(agents: list[_Agent], offset_us: DurationUs, seconds: float | None) -> list[str]:
    """Print a line a second until the time is up; return the products whose agent ended by itself."""
    begin_s = time.monotonic()
    for second in _seconds(begin_s):
        if seconds is not None and second >= seconds:
            return []
        ended = [agent.product for agent in agents if agent.process.poll() is not None]
        if ended:
            return ended
        at_us = time.time_ns() // 1000 + offset_us
        print("   ".join((_clock(at_us), *(_shown(agent.status()) for agent in agents))), flush=True)
    return []


def _seconds(begin_s: float) -> Iterator[int]:
    second = 0
    while True:
        yield second
        second += 1
        time.sleep(max(0.0, begin_s + second - time.monotonic()))


def _shown(status: Status | None) -> str:
    if status is None or status.output != "ready":
        return "starting"
    return "   ".join(_channel(each) for each in status.on_air if each.bulletin_id or each.channel not in OPTIONAL)


def _channel(on_air: OnAir) -> str:
    name = CHANNELS[on_air.channel]
    if not on_air.bulletin_id:
        return f"{name}: nothing" + (f", next {on_air.next_title}" if on_air.next_title else "")
    level = f", {on_air.mean_dbfs:.0f} dBFS" if on_air.channel == "sound" else ""
    return f"{name}: {on_air.title} until {_clock(on_air.until_us)}{level}"


def _clock(at_us: WallUs) -> str:
    return to_datetime(at_us).astimezone(ZONE).strftime("%H:%M:%S")


@dataclass(frozen=True, slots=True)
class _Result:
    name: str
    what: str


def _summary(out: Path, records: list[PlayRecord], failed: list[str]) -> int:
    heard = [record for record in records if record.channel == "sound" and record.played_us]
    shown = [record for record in records if record.channel != "sound" and (record.played_us or _drawn(record))]
    results = (
        _Result("speaker.wav", f"what was played: {len(heard)} plays, {_total_s(heard):.1f} s"),
        _Result("board.png", f"what was shown last: {len(shown)} plays"),
        _Result("plays.jsonl", f"the record of each play: {len(records)}, {_failures(records)} failed or skipped"),
    )
    for result in results:
        print(f"{out / result.name}  {result.what}")
    for product in failed:
        print(f"ttcs: the {product} agent failed; its log is {out}/work/{product}/log.txt", file=sys.stderr)
    return 0 if heard and shown and not failed else 1


def _drawn(record: PlayRecord) -> bool:
    """Return whether a play was drawn for nobody: where no screen can be used the demo leaves its picture."""
    return record.panel == "lost" and record.actual_start_us > 0


def _total_s(records: list[PlayRecord]) -> float:
    return sum(record.played_us for record in records) / SECOND


def _failures(records: list[PlayRecord]) -> int:
    return sum(record.result in (Result.FAILED, Result.SKIPPED) for record in records)
