"""What the output says of the play on air, told and mended where it cannot be heard or seen.

`hearing.py` has the rule for a loudspeaker, `seeing.py` that for a board. A relay is left out: its chain hears silence
itself and goes over to another source. An output whose device takes nothing is ended; the next one opens it anew and
goes on where the clock is.
"""

from __future__ import annotations

from firmware_py.core import events as ev
from firmware_py.core.errors import Code
from firmware_py.core.hearing import SILENT_US, STUCK_US, first, heard
from firmware_py.core.messages import Progress
from firmware_py.core.model import Kind
from firmware_py.core.records import PlayRecord
from firmware_py.core.seeing import FROZEN_US, seen
from firmware_py.core.state import Turn
from firmware_py.core.timeline import OVER, SOUND
from firmware_py.core.units import SECOND

_HEARD = frozenset({SOUND.name, OVER.name})


def listen(turn: Turn, report: Progress) -> None:
    """Note how a play goes on, and say and mend what is wrong with it."""
    record = turn.state.plays.get(report.no)
    if record is None or not record.actual_start_us:
        return
    if record.channel not in _HEARD:
        _watch(turn, record, report)
    elif record.kind != Kind.RELAY:
        _hear(turn, record, report)


def _watch(turn: Turn, record: PlayRecord, report: Progress) -> None:
    after, frozen = seen(turn.state.eyes.get(record.no), report)
    open_eyes = {no: eye for no, eye in turn.state.eyes.items() if no in turn.state.plays}
    turn.change(eyes={**open_eyes, record.no: after})
    if frozen:
        what = f"play {record.no}, {record.title!r}, is on air and no frame of it was presented"
        turn.do(ev.EndOutput(f"{what} for {FROZEN_US // SECOND} s"))


def _hear(turn: Turn, record: PlayRecord, report: Progress) -> None:
    now_us, before = turn.now.mono_us, turn.state.ears.get(report.no)
    if before is None:
        after, finding = first(report, now_us), ""
    else:
        after, finding = heard(before, report, _volume_pct(turn, record), now_us)
    open_ears = {no: ear for no, ear in turn.state.ears.items() if no in turn.state.plays}
    turn.change(ears={**open_ears, report.no: after})
    if finding:
        _say(turn, record, report, stuck=finding == "stuck")


def _volume_pct(turn: Turn, record: PlayRecord) -> int:
    """Return the volume of a play now: a command may have changed it since the record was made."""
    current = (channel.current for channel in turn.state.channels)
    return next((each.play.volume_pct for each in current if each and each.no == record.no), record.volume_pct)


def _say(turn: Turn, record: PlayRecord, report: Progress, *, stuck: bool) -> None:
    name = f"play {record.no}, {record.title!r},"
    if stuck:
        turn.do(ev.EndOutput(f"{name} has stood still for {STUCK_US // SECOND} s"))
        return
    what = f"{name} is on air and has been silent for {SILENT_US // SECOND} s ({report.mean_dbfs:.0f} dBFS are sent)"
    turn.note(Code.SILENT_ON_AIR, record.bulletin_id, f"{what}; listen to the file, and look at the slot's volume")
