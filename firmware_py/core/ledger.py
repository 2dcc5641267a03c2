"""The life of a play record: opened when it is ordered, filled by what the output reports, closed once.

    order ──▶ on_air ──started, progress──▶ on_air ──┬─ ended ──▶ complete | preempted | stopped
                                                     ├─ failed, output lost ──▶ failed
                                                     └─ agent died ──▶ interrupted (by the next start)
    never ordered ──▶ skipped

A report of a play that is not open is ignored: it comes from an output that was given up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.messages import Progress
from firmware_py.core.model import Bulletin, Content, Kind
from firmware_py.core.records import PlayRecord, Result
from firmware_py.core.state import ChannelState, Ordered, Turn
from firmware_py.core.units import FAR_FUTURE_US, SECOND
from firmware_py.core.windows import Skip, Window

STRIKES = 3
NOTICE = "notice"
"""The kind of a record of what an alert or a command brought on air, unless that is a live address."""

BY_WORD = frozenset({NOTICE, Kind.RELAY.value})
"""The kinds of what an alert or a command may bring on air."""

REMEMBERED_CUTS = 16
"""How many cut plays a channel remembers, to name them when they go on."""

UNBEGUN_US = 5 * SECOND
"""How long after its order a play that was taken back may still turn out to have begun."""

AT_END_US = SECOND // 4
"""A play replaced within this of its planned end is complete: the next one has joined it."""


def open_play(turn: Turn, index: int, ordered: Ordered) -> None:
    """Keep the record of a play that is ordered now; a play whose start was reported already has one."""
    if ordered.no in turn.state.plays:
        return
    channel, play = turn.state.channels[index], ordered.play
    bulletin = play.what.bulletin
    record = PlayRecord(
        no=ordered.no,
        channel=channel.channel.name,
        key=play.key,
        bulletin_id=bulletin.id,
        slot_id=play.owner,
        title=bulletin.title,
        kind=NOTICE if play.what.notice else bulletin.kind.value,
        planned_start_us=play.start_us,
        planned_end_us=play.end_us,
        whole_us=play.whole_us,
        clock=turn.state.clock,
        result=Result.ON_AIR,
        language=bulletin.language,
        sha256=play.what.mark,
        resumes=_resumed(turn, channel, play.key),
        ordered_at_us=turn.now.wall_us,
        volume_pct=play.volume_pct,
    )
    _put(turn, record)
    turn.do(ev.Keep(record))


def _resumed(turn: Turn, channel: ChannelState, key: str) -> int:
    """Return the number of the play that a new one of the same key goes on with, 0 when there is none."""
    still_open = (record.no for record in turn.state.plays.values() if record.key == key)
    return max(still_open, default=channel.unfinished.get(key, 0))


def skipped(turn: Turn, index: int, window: Window, skip: Skip) -> None:
    """Keep the record of a bulletin that was due in a window and did not go out."""
    bulletin = next(bulletin for bulletin in turn.state.schedule.bulletins if bulletin.id == skip.bulletin_id)
    record = PlayRecord(
        no=turn.take_no(),
        channel=turn.state.channels[index].channel.name,
        key=f"{window.owner}@{window.since_us}:{skip.bulletin_id}",
        bulletin_id=bulletin.id,
        slot_id=window.owner,
        title=bulletin.title,
        kind=bulletin.kind,
        planned_start_us=window.start_us,
        planned_end_us=window.end_us if window.end_us < FAR_FUTURE_US else 0,
        clock=turn.state.clock,
        result=Result.SKIPPED,
        language=bulletin.language,
        code=skip.code,
        ordered_at_us=turn.now.wall_us,
    )
    turn.do(ev.Keep(record))


def started(turn: Turn, report: msg.Started) -> None:
    """Fill in when the first sample or frame really went out; the prepared play may begin by itself."""
    for index, channel in enumerate(turn.state.channels):
        if channel.prepared and channel.prepared.no == report.no:
            open_play(turn, index, channel.prepared)
            turn.change_channel(index, current=channel.prepared, prepared=None)
    record = turn.state.plays.get(report.no)
    if record:
        changed = replace(
            record,
            actual_start_us=report.at_us,
            start_mono_us=report.at_mono_us,
            offset_us=report.offset_us,
        )
        _put(turn, changed)


def progress(turn: Turn, report: Progress) -> None:
    """Remember the newest word of a play; it goes into the record if there is no other."""
    _close_unbegun(turn)
    if report.no in turn.state.plays:
        turn.change(progress={**turn.state.progress, report.no: report})


def _close_unbegun(turn: Turn) -> None:
    """Close what was taken back before it began: an output need not say a word of that."""
    current = {channel.current.no for channel in turn.state.channels if channel.current}
    for record in tuple(turn.state.plays.values()):
        waited_us = abs(turn.now.wall_us - record.ordered_at_us)  # the clock may have been set meanwhile
        if not record.actual_start_us and record.no not in current and waited_us > UNBEGUN_US:
            _give_up(turn, record, Result.PREEMPTED, "", "", 0)


def ended(turn: Turn, report: msg.Ended) -> None:
    """Close a record with the output's own account of the whole play."""
    record = turn.state.plays.get(report.no)
    if record is None:
        return
    result = _result(record, report)
    failed = result is Result.FAILED
    if result is Result.COMPLETE:
        turn.change(strikes={name: n for name, n in turn.state.strikes.items() if name != record.bulletin_id})
    _close(
        turn,
        record,
        result=result,
        code=Code.DECODER_FAILED.value if failed else "",
        detail="ended by itself long before its end" if failed else "",
        actual_end_us=report.at_us,
        end_mono_us=report.at_mono_us,
        played_us=report.played_us,
        mean_dbfs=report.mean_dbfs,
        peak_dbfs=report.peak_dbfs,
        silent_us=report.silent_us,
        lost_us=report.lost_us,
        frames=report.frames,
        late_frames=report.late_frames,
    )


def _result(record: PlayRecord, report: msg.Ended) -> Result:
    """Return whether a bulletin went to its end, or was cut: by plan, by what replaced it, or by silence.

    Reckoned by the monotonic clock: the wall clock may have been set in the meantime.
    """
    planned_us = record.planned_end_us - record.planned_start_us
    passed_us = record.offset_us + report.at_mono_us - record.start_mono_us if record.actual_start_us else 0
    if record.kind in (NOTICE, Kind.RELAY) and report.reason == "complete":
        return Result.COMPLETE  # a loudspeaker is through when all repeats are, or when a live address is over
    if record.kind == Kind.RELAY and passed_us >= planned_us - AT_END_US:
        return Result.COMPLETE  # it has no length of its own
    if passed_us < planned_us - AT_END_US:
        return _cut_short(record, report)
    return Result.PREEMPTED if planned_us < record.whole_us - AT_END_US else Result.COMPLETE


def _cut_short(record: PlayRecord, report: msg.Ended) -> Result:
    if report.reason == "complete" and record.actual_start_us:
        return Result.FAILED
    return Result.STOPPED if report.reason == "stopped" else Result.PREEMPTED


def failed(turn: Turn, report: msg.Failed) -> None:
    """Close a record as failed, strike its bulletin, and let it be ordered again while it has strikes left."""
    record = turn.state.plays.get(report.no)
    for index, channel in enumerate(turn.state.channels):
        if channel.current and channel.current.no == report.no:
            turn.change_channel(index, current=None)
        if channel.prepared and channel.prepared.no == report.no:
            open_play(turn, index, channel.prepared)
            record = turn.state.plays[report.no]
            turn.change_channel(index, prepared=None)
    if record is None:
        return
    if report.code != Code.STREAM_LOST:  # another day the station may be on air again
        _strike(turn, record)
    turn.note(Code(report.code), record.bulletin_id, report.detail)
    _give_up(turn, record, Result.FAILED, report.code, report.detail, report.played_us)


def forgive(turn: Turn, content: Content) -> None:
    """Take the strikes from the bulletins of a content that is not what it was."""
    _forgive(turn, lambda bulletin: content in bulletin.content)


def forgive_words(turn: Turn, name: str) -> None:
    """Take the strikes from the bulletins that show the feed or the figure of this name, which says something else."""
    _forgive(turn, lambda bulletin: name in (bulletin.source, bulletin.data))


def _forgive(turn: Turn, is_mended: Callable[[Bulletin], bool]) -> None:
    if not turn.state.strikes:
        return
    mended = {bulletin.id for bulletin in turn.state.schedule.bulletins if is_mended(bulletin)}
    turn.change(strikes={name: count for name, count in turn.state.strikes.items() if name not in mended})


def strike_newest(turn: Turn) -> None:
    """Strike the bulletin that began last: the likeliest cause of an output's death."""
    if turn.state.plays:
        _strike(turn, turn.state.plays[max(turn.state.plays)])


def close_all(turn: Turn, result: Result, code: str = "", detail: str = "") -> None:
    """Close every open record from the newest progress: the output will not report any more."""
    for record in tuple(turn.state.plays.values()):
        _give_up(turn, record, result, code, detail, 0)


def _strike(turn: Turn, record: PlayRecord) -> None:
    if record.kind == NOTICE:
        return  # `notices.py` counts these
    count = turn.state.strikes.get(record.bulletin_id, 0) + 1
    turn.change(strikes={**turn.state.strikes, record.bulletin_id: count})
    if count == STRIKES:
        turn.plan_changed = True
        detail = f"failed {STRIKES} times, last in play {record.no}; replace its content or send a new schedule"
        turn.note(Code.QUARANTINED, record.bulletin_id, detail)


def _give_up(turn: Turn, record: PlayRecord, result: Result, code: str, detail: str, played_us: int) -> None:
    last = turn.state.progress.get(record.no, Progress(record.no))
    _close(
        turn,
        record,
        result=result,
        code=code,
        detail=detail,
        actual_end_us=turn.now.wall_us,
        end_mono_us=turn.now.mono_us,
        played_us=max(last.played_us, played_us),
        mean_dbfs=last.mean_dbfs,
        peak_dbfs=last.peak_dbfs,
        silent_us=last.silent_us,
        lost_us=last.lost_us,
        frames=last.frames,
        late_frames=last.late_frames,
    )


def _close(turn: Turn, record: PlayRecord, **values: Any) -> None:  # noqa: ANN401 - the fields of PlayRecord
    closed = replace(record, amplifier=turn.state.amplifier.said, panel=turn.state.panel.seen, **values)
    turn.change(
        plays={no: play for no, play in turn.state.plays.items() if no != record.no},
        progress={no: word for no, word in turn.state.progress.items() if no != record.no},
    )
    if closed.result is not Result.COMPLETE:
        _remember_cut(turn, closed)
    turn.do(ev.Keep(closed))


def _remember_cut(turn: Turn, record: PlayRecord) -> None:
    for index, channel in enumerate(turn.state.channels):
        if channel.channel.name == record.channel:
            kept = tuple(channel.unfinished.items())[1 - REMEMBERED_CUTS :]
            turn.change_channel(index, unfinished={**dict(kept), record.key: record.no})


def _put(turn: Turn, record: PlayRecord) -> None:
    turn.change(plays={**turn.state.plays, record.no: record})
