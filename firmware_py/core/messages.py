"""What the agent and its output process say to each other: frozen messages over a pipe.

The agent orders (`Now`, `Next`, `Volume`, `Quit`), the output tells what it really did (`Ready`, `Started`,
`Progress`, `Ended`, `Failed`, `Trouble`). Each play has a number; the output never decides what is on air.

Order of events of one play: `Started` once, `Progress` at least twice a second, then one of `Ended` or `Failed`.
An item that could never start gives `Failed` alone. An output with nothing on air still sends `Progress` with
`no` 0: its silence for `SILENCE_LIMIT_US` means that it hangs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from firmware_py.core.settings import FilmSound, LayoutName, Relay, Screen, Sound
from firmware_py.core.units import SECOND, SILENCE_DBFS, DurationUs, MonoUs, WallUs

SILENCE_LIMIT_US: DurationUs = 5 * SECOND
PROGRESS_PERIOD_US: DurationUs = SECOND // 5
BOARD_PROGRESS_PERIOD_US: DurationUs = SECOND // 2
"""A loudspeaker tells its level and its place more often than a board has anything to tell."""

RENEWED_STATUS = 75
"""With this status an output ends that is to be started anew: its device has come back, perhaps as another."""

SOUND, OVER = "sound", "over"
MAIN, SIDE, TICKER = "main", "side", "ticker"
"""The names of the channels: a loudspeaker's, a board's. `core.timeline` says what each takes from a schedule."""

STILL_US: DurationUs = 2 * SECOND
"""A board presents a frame at least this often, also of a picture that stands still."""


Fit: TypeAlias = Literal["contain", "cover"]
Flow: TypeAlias = Literal["pages", "scroll"]
"""How a text goes on that is longer than its zone: page by page, or upwards."""

Align: TypeAlias = Literal["auto", "left", "center"]
"""Where the lines of a text begin: a block in the middle of the zone, at its left edge, each line in the middle."""

Emphasis: TypeAlias = Literal["none", "strong", "warning"]
"""How a text stands out: not, in bold letters, in the colours of a warning sign."""

Style: TypeAlias = Literal["actual", "drill", "cancel", "tone", "identify"]
"""What a notice is: an alert, an exercise, the word that one is over, a test sound, «here I am»."""

Form: TypeAlias = Literal["audio", "text", "image", "video", "relay", "live", "notice"]
"""What a play is made of. A live address is a relay that is over when nobody speaks any more."""

EndReason: TypeAlias = Literal["complete", "replaced", "stopped"]


@dataclass(frozen=True, slots=True)
class SpeakerSetup:
    """The first line to a speaker output: how to make sound, and when a relay gives a source up."""

    sound: Sound
    relay: Relay = field(default_factory=Relay)


@dataclass(frozen=True, slots=True)
class BoardSetup:
    """The first line to a board output: how and what to draw around the items.

    `clock_offset_us` is added to the system's wall clock: 0 but for a demo or preview at another time of day.
    """

    screen: Screen
    name: str
    timezone: str
    clock_offset_us: DurationUs = 0
    sound: FilmSound = field(default_factory=FilmSound)


Setup: TypeAlias = SpeakerSetup | BoardSetup


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What is said and shown in one language."""

    language: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What an alert or a command brings on air at once.

    `area` is where it holds, in words, and `until_us` when that is over (0: not known).

    A loudspeaker plays the siren of the style (when `siren`), then the item's `path` (a voice, when there is one),
    `repeats` times over, and has then ended; it begins with the siren however late it is told. A board shows the
    texts on the whole panel, in turn, for as long as the item lasts.
    """

    style: Style
    event: str
    severity: str
    texts: tuple[NoticeText, ...]
    siren: bool
    repeats: int
    area: str = ""
    until_us: WallUs = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One play of one bulletin, with everything that the output needs to do it.

    The play covers `[start_us, start_us + duration_us)`; an item received after its start is joined late at the
    place where the clock says it is. `path` is an absolute file name of verified content; `text` is NFC, and
    `translations` say the same in other languages.
    A relay is heard from the best of its `sources`, and from its `path` where none of them can be.
    An item that goes on after something else is not to be seen before `from_us`, however early it began.
    """

    no: int
    channel: str
    bulletin_id: str
    kind: Form
    title: str
    start_us: WallUs
    start_mono_us: MonoUs
    duration_us: DurationUs
    path: str = ""
    text: str = ""
    language: str = "vi"
    translations: tuple[NoticeText, ...] = ()
    fit: Fit = "contain"
    layout: LayoutName = "auto"
    flow: Flow = "pages"
    align: Align = "auto"
    emphasis: Emphasis = "none"
    volume_pct: int = 100
    gain_db: float = 0.0
    notice: Notice | None = None
    sources: tuple[str, ...] = ()
    from_us: WallUs = 0

    @property
    def due_us(self) -> WallUs:
        """Return the instant from which it is to be on air."""
        return max(self.start_us, self.from_us)


@dataclass(frozen=True, slots=True)
class Now:
    """Put this item on air in its channel at its start (at once if that is past), in place of what is there."""

    channel: str
    item: Item | None


@dataclass(frozen=True, slots=True)
class Next:
    """Prepare this item; it takes over by itself when it is due. Replaces an earlier `Next`; None forgets it."""

    channel: str
    item: Item | None


@dataclass(frozen=True, slots=True)
class Volume:
    """Change the volume of the item on air: 0 (silent) to 100 (as recorded), perceived loudness."""

    channel: str
    volume_pct: int


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Write what the panel shows now as a PNG to this file, whole or not at all, and answer with `SnapshotTaken`.

    The answer's `detail` is "" when it is there, else why not. A loudspeaker says that it has no picture.
    """

    path: str


@dataclass(frozen=True, slots=True)
class Blacken:
    """Draw nothing from now on (`black`), or what is on air again. What is not drawn is not seen; all else goes on."""

    black: bool


@dataclass(frozen=True, slots=True)
class Quit:
    """Fade out, close the device, end the process with status 0."""


Order: TypeAlias = Now | Next | Volume | TakeSnapshot | Blacken | Quit


@dataclass(frozen=True, slots=True)
class Ready:
    """The output is open: `device` names what it really plays or draws on."""

    pid: int
    device: str


@dataclass(frozen=True, slots=True)
class Started:
    """The first sample left the device, or the first frame was presented, at `at_us`.

    `offset_us` is how far into the item that was: 0, or more after a late join.
    """

    no: int
    at_us: WallUs
    at_mono_us: MonoUs
    offset_us: DurationUs


@dataclass(frozen=True, slots=True)
class Progress:
    """Proof of life, and of what could be heard or seen. Counters are totals of play `no` so far.

    `mean_dbfs` and `peak_dbfs` are of the last second; frames are the board's, samples the speaker's.
    `worst_frame_us` is how late the latest frame since the report before was.
    """

    no: int
    played_us: DurationUs = 0
    mean_dbfs: float = SILENCE_DBFS
    peak_dbfs: float = SILENCE_DBFS
    silent_us: DurationUs = 0
    lost_us: DurationUs = 0
    frames: int = 0
    late_frames: int = 0
    worst_frame_us: DurationUs = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """Play `no` is over. `mean_dbfs` and `peak_dbfs` are of the whole play, `worst_frame_us` as in `Progress`."""

    no: int
    reason: EndReason
    at_us: WallUs
    at_mono_us: MonoUs
    played_us: DurationUs
    mean_dbfs: float = SILENCE_DBFS
    peak_dbfs: float = SILENCE_DBFS
    silent_us: DurationUs = 0
    lost_us: DurationUs = 0
    frames: int = 0
    late_frames: int = 0
    worst_frame_us: DurationUs = 0


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """By how many decibels the test tone of play `no` stood out at the microphone; `detail`: why nobody knows."""

    no: int
    above_db: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Play `no` could not start or go on. `code` is a word of `errors.Code`, `detail` says what, where, how to mend."""

    no: int
    code: str
    detail: str
    played_us: DurationUs = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something is wrong with the output itself (card lost, wrong video driver); it goes on as well as it can."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The snapshot that was asked for lies at `path`, or does not, for the reason in `detail`."""

    path: str
    detail: str = ""


Report: TypeAlias = Ready | Started | Progress | Ended | Failed | Trouble | SnapshotTaken | ToneHeard
Message: TypeAlias = Setup | Order | Report
