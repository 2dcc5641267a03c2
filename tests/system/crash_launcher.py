"""`python -m tests.system.crash_launcher POINT NOTES speaker --config F …`: `ttcs run` that kills itself at a point.

POINT is a name of `crash_points`, or `nowhere`. Functions are wrapped from outside, so that the product has no code
for this. Files below NOTES take down what outlives the process: `written.jsonl` gets what `Journal.write` has returned
for, `deaths.jsonl` the point at which the process dies, `heard.jsonl` what the scripted output has done.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from firmware_py.core.entries import Control, Entry
from firmware_py.core.records import Fault, PlayRecord, Result
from firmware_py.core.reports import AlertAnswer, CommandAnswer, event
from firmware_py.core.units import SECOND
from firmware_py.field.main import main
from firmware_py.link import province
from firmware_py.link.terms import Terms
from firmware_py.link.uplink import MqttLink
from firmware_py.runtime import courier
from firmware_py.speaker import agent
from firmware_py.store.journal import Journal
from tests.system.crash_points import BY_NAME, Point
from tests.system.scripted_output import note

NOWHERE = "nowhere"
WRITTEN, DEATHS, HEARD = "written.jsonl", "deaths.jsonl", "heard.jsonl"
YEAR_S = 365 * 86_400
MIDST_S = 0.0005
"""How long after its beginning a call is in its midst: a commit takes a millisecond or several."""

LINGER_S = 0.05
"""How long a call is held up before the process dies: the other threads go on, and do what they should not yet do."""

_FACTS = f'{{"duration_us": {YEAR_S * SECOND}, "rate_hz": 8000, "channels": 1}}'

Call = Callable[..., Any]


def swap_foreign_parts(notes: Path) -> None:
    """Put a script in the place of libVLC, and shorter waits in the place of those that spare a network."""
    vars(agent)["OUTPUT"] = (sys.executable, "-m", "tests.system.scripted_output", f"hears={notes / HEARD}")
    vars(agent)["PROBES"] = {"audio": (sys.executable, "-I", "-S", "-c", f"print({_FACTS!r})")}
    vars(province)["MqttLink"] = partial(MqttLink, terms=Terms(first_s=0.1))
    vars(courier)["GATHER_US"] = SECOND // 5


def take_down_writes(notes: Path) -> None:
    """Have everything noted that the journal has promised to keep."""
    write = Journal.write

    def noted(journal: Journal, *entries: Entry) -> None:
        write(journal, *entries)
        for entry in entries:
            note(notes / WRITTEN, **_promised(entry))

    setattr(Journal, "write", noted)  # noqa: B010 - a method of another class


def _promised(entry: Entry) -> dict[str, object]:
    if isinstance(entry, PlayRecord) and entry.result is Result.ON_AIR:
        return {"begun": entry.no}
    if isinstance(entry, PlayRecord | Fault | CommandAnswer | AlertAnswer):
        return {"event": event(0, entry)}
    return {"control": entry.name, "value": entry.value} if isinstance(entry, Control) else {"row": entry.name}


class Trap:
    """Kills this process at one call of a function, and leaves a note of that."""

    def __init__(self, point: Point, notes: Path) -> None:
        self._point, self._notes = point, notes
        self._left = point.call.nth
        self._lock = Lock()

    def set(self) -> None:
        """Put the trap in the place of the function."""
        module, _, path = self._point.call.where.partition(":")
        *owners, name = path.split(".")
        owner: Any = importlib.import_module(module)
        for part in owners:
            owner = getattr(owner, part)
        setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, call: Call) -> Call:
        def trapped(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any call of the product
            if not self._is_due((args, options)):
                return call(*args, **options)
            if self._point.call.moment == "before":
                self._die(LINGER_S)
            elif self._point.call.moment == "during":
                Thread(target=self._die, args=(MIDST_S,)).start()
            found = call(*args, **options)
            self._die(LINGER_S)
            return found

        return trapped

    def _is_due(self, arguments: object) -> bool:
        said = repr(arguments) if self._point.call.about else ""
        if not all(word in said for word in self._point.call.about):
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0

    def _die(self, after_s: float) -> None:
        Event().wait(after_s)
        with self._lock:
            note(self._notes / DEATHS, point=self._point.name)
            os.kill(os.getpid(), signal.SIGKILL)


def launch(name: str, notes: Path, words: list[str]) -> int:
    """Run the agent, deadly at the point of this name; return its exit status."""
    swap_foreign_parts(notes)
    take_down_writes(notes)
    if name != NOWHERE:
        Trap(BY_NAME[name], notes).set()
    return main(["run", *words])


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
