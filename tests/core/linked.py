"""A box in virtual time with a source system: what it publishes, journals and wants, and what a restart finds again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from firmware_py.core import events as ev
from firmware_py.core.codec import from_json, from_json_as
from firmware_py.core.entries import Control, InboxRow, Mark, Remembered
from firmware_py.core.recall import recall
from firmware_py.core.records import ClockState
from firmware_py.core.reports import AlertAnswer, CommandAnswer, Hello
from firmware_py.core.state import ThisBox
from firmware_py.core.trust import Identity
from firmware_py.core.units import WallUs
from firmware_py.core.wire import Alert, Command, Data, Desired, Document, Keyring, Sync
from tests.core.builders import audio, schedule, slot
from tests.core.source import AREAS, DEVICE, Source, check, keyring
from tests.core.world import World

NEWS, SONG = audio("news", 600), audio("song", 600)
MORNING = schedule([NEWS, SONG], [slot("morning", NEWS, SONG, start="05:30")])
KINDS: dict[str, type[Document]] = {
    "command": Command,
    "alert": Alert,
    "desired": Desired,
    "keyring": Keyring,
    "sync": Sync,
    "data": Data,
}


@dataclass
class Memory:
    """What is on the disk of a box."""

    rows: dict[str, InboxRow] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)

    def put(self, entry: InboxRow | Mark | Control) -> None:
        """Write an entry."""
        if isinstance(entry, InboxRow):
            self.rows[entry.name] = entry
        elif isinstance(entry, Mark):
            self.marks[entry.name] = entry
        else:
            self.controls[entry.name] = entry

    def remembered(self) -> Remembered:
        """Read all of it."""
        return Remembered(tuple(self.rows.values()), tuple(self.marks.values()), tuple(self.controls.values()))


class LinkedWorld(World):
    """A box whose schedules, commands and alerts come from a source system, which has the right time."""

    def __init__(self, *args: Any, memory: Memory | None = None, boot: str = "boot-1-of-the-box", **more: Any) -> None:  # noqa: ANN401 - those of World
        self.memory = memory or Memory()
        self.boot = boot
        self.published: list[ev.Publish] = []
        self.answers: list[CommandAnswer | AlertAnswer] = []
        self.acknowledged: list[int] = []
        self.wanted: list[Desired] = []
        self.uploads: list[ev.Upload] = []
        self.forgotten: list[ev.Forget] = []
        self.spooled: dict[str, bytes] = {}
        self.ended = False
        self.source = Source(0)
        self._ticket = 0
        super().__init__(*args, **more)

    def _begin(self) -> None:
        self.source.now_us = self.now.wall_us
        me = ThisBox(Identity(DEVICE, AREAS), "Cụm loa thôn 3", "speaker", "1", self.boot, 0, "/run/spool", check)
        state = replace(self.state, me=me)
        self.state, effects = recall(state, self.memory.remembered(), keyring(), self.now)
        for effect in effects:
            self._carry_out(effect)

    # What happens to it.

    def connect(self, number: int = 1) -> Hello:
        """Let the broker take it on; return what it says first."""
        self.send(ev.LinkUp(number, "epoch", 1, 7))
        (hello,) = [message for message in self.published if message.topic is ev.Topic.HELLO][-1:]
        return from_json_as(Hello, hello.body)

    def sync(self, number: int = 1, **more: Any) -> None:  # noqa: ANN401 - fields
        """Let it connect and be answered."""
        hello = self.connect(number)
        self.arrive("sync", self.source.sync(hello.nonce, **more))

    def arrive(self, kind: str, raw: bytes, *, remaining_s: float | None = None, retained: bool = False) -> int:
        """Let an envelope come; return its ticket."""
        self._ticket += 1
        self.send(ev.Arrived(KINDS[kind], raw, self._ticket, retained, remaining_s))
        return self._ticket

    def pass_time(self, until: str | WallUs) -> None:
        """Let the time pass, for the source too."""
        before_us = self.now.wall_us
        self.run_to(until)
        self.source.now_us += self.now.wall_us - before_us

    # What can be seen of it.

    def states(self, name: str) -> list[str]:
        """Return the states that were answered for a command or an alert, in order."""
        return [answer.state.value for answer in self.answers if answer.id == name]

    def reports(self) -> list[dict[str, Any]]:
        """Return what was reported of itself."""
        return [from_json(message.body) for message in self.published if message.topic is ev.Topic.REPORTED]

    def said(self, topic: ev.Topic) -> list[dict[str, Any]]:
        """Return what was published on a topic."""
        return [from_json(message.body) for message in self.published if message.topic is topic]

    def restarted(self, **more: Any) -> LinkedWorld:  # noqa: ANN401 - those of World
        """Return the same box after a power cut: with what is on its disk, and nothing else."""
        values: dict[str, Any] = {"start": self.now.wall_us, "clock": ClockState.TRUSTED} | more
        values["last_no"] = max(self.records, default=0)
        again = LinkedWorld(memory=self.memory, boot=f"{self.boot}'", **values)
        again.source = self.source
        return again

    def _pass_on(self, effect: ev.Effect) -> None:
        if isinstance(effect, ev.Store):
            self._store(effect.entry)
        elif isinstance(effect, ev.Publish):
            self.published.append(effect)
        elif isinstance(effect, ev.Acknowledge):
            self.acknowledged.append(effect.ticket)
        elif isinstance(effect, ev.Want):
            self.wanted.append(effect.pointer)
        elif isinstance(effect, ev.Upload):
            self.uploads.append(effect)
        elif isinstance(effect, ev.Forget):
            self.forgotten.append(effect)
        elif isinstance(effect, ev.Spool):
            self.spooled[effect.name] = effect.content
        elif isinstance(effect, ev.Stop):
            self.ended = True

    def _store(self, entry: InboxRow | Mark | Control | CommandAnswer | AlertAnswer) -> None:
        if isinstance(entry, CommandAnswer | AlertAnswer):
            self.answers.append(entry)
        else:
            self.memory.put(entry)
