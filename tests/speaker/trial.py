"""A sound file put through all that a box does with it: the check, and the air, whatever the check has said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.messages import Ended, Failed, Item, Ready, Started
from firmware_py.core.settings import Sound
from firmware_py.core.units import MS, SECOND, DurationUs, MonoUs
from firmware_py.runtime.probe import ProbeRunner
from firmware_py.speaker.agent import PROBE_MEMORY_MB, PROBES
from tests.speaker.outputs import MARGIN_US, OutputProcess, item, mono_us
from tests.waiting import until

LEAD_US = 50 * MS
CHECK_LIMIT_S = 30.0
LAST = 1_000_000
UNKNOWN_US: DurationUs = 2 * SECOND


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a file. `held_us` is for how long it had the air and was not heard."""

    name: str
    verdict: Facts | Flaw
    end: Ended | Failed
    held_us: DurationUs

    @property
    def harmless(self) -> bool:
        """Whether it was refused by name or is known in length, and if played gave the air back at once."""
        named = isinstance(self.verdict, Facts) or self.name in self.verdict.detail
        told = isinstance(self.end, Ended) or self.name in self.end.detail
        return named and told and self.held_us <= 2 * SECOND


def checked(path: Path) -> Facts | Flaw:
    """Return the verdict of the check, run as the agent runs it."""
    return ProbeRunner(PROBES, CHECK_LIMIT_S, PROBE_MEMORY_MB).probe("audio", path, "")


def tried(path: Path, no: int, output: OutputProcess) -> Tried:
    """Check a file and put it on air all the same: the file may become bad after the check."""
    verdict = checked(path)
    duration_us = verdict.duration_us if isinstance(verdict, Facts) else UNKNOWN_US
    played = item(no, path, mono_us() + LEAD_US, duration_us)
    output.play(played)
    until(lambda: _ends(output, no), 60.0)
    return Tried(path.name, verdict, _ends(output, no)[0], _held_us(output, played, _ends_at_us(output, no)))


def _ends(output: OutputProcess, no: int) -> list[Ended | Failed]:
    ends: list[Ended | Failed] = [*output.all(Ended), *output.all(Failed)]
    return [end for end in ends if end.no == no]


def _ends_at_us(output: OutputProcess, no: int) -> MonoUs:
    return next((end.at_mono_us for end in output.all(Ended) if end.no == no), mono_us())


def _held_us(output: OutputProcess, played: Item, ended_us: MonoUs) -> DurationUs:
    """Return the time from the file's start to its end less what was heard of it."""
    heard_us = _ends(output, played.no)[0].played_us
    begun_us = next((begun.at_mono_us for begun in output.all(Started) if begun.no == played.no), ended_us)
    return (begun_us - played.start_mono_us) + max(0, ended_us - begun_us - heard_us)


@contextmanager
def outputs(count: int) -> Iterator[list[OutputProcess]]:
    """Give so many real outputs that keep time without a device."""
    started = [OutputProcess(Sound(sink="null"), {}) for _ in range(count)]
    try:
        for output in started:
            output.heard(Ready)
        yield started
    finally:
        for output in started:
            output.kill()


def all_tried(files: Iterable[Path], by: list[OutputProcess]) -> Iterator[Tried]:
    """Try files by outputs that take turns; each file goes when it has been tried."""
    free: SimpleQueue[OutputProcess] = SimpleQueue()
    for output in by:
        free.put(output)

    def one(numbered: tuple[int, Path]) -> Tried:
        output = free.get()
        try:
            return tried(numbered[1], numbered[0], output)
        finally:
            numbered[1].unlink()
            free.put(output)

    with ThreadPoolExecutor(len(by)) as threads:
        yield from threads.map(one, enumerate(files, 1))


def plays_on(output: OutputProcess, good: Path) -> bool:
    """Return whether an output plays a good file to its end."""
    output.play(item(LAST, good, mono_us() + MARGIN_US))
    return output.heard(Ended, LAST).reason == "complete"
