"""From the decision to orders: only the difference between what should be on air and what the output was told.

1. The same key is the same play: it is ordered once, and only its volume may be changed.
2. `LEAD_US` before the play on air ends, the one after it is ordered as `Next`, so that the output can go over
   to it by itself, to the sample. It does so up to `EARLY_US` before or after the planned instant, because a
   joint without a gap matters more than the clock. The agent then takes it as current; nothing is ordered.
   Until the output has said that this one has begun, it may still be its `Next`: no other is ordered.
3. A next play that would begin in its middle (resumed after an interruption), or whose predecessor's end is
   not the one the output was told, is not prepared but ordered as `Now` when its time comes.
4. What was prepared and is not wanted any more is withdrawn in words (`Next` of None), for it would go on air by
   itself. A play that is to last longer than the output was told is ordered anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zlib import crc32

from firmware_py.core import events as ev
from firmware_py.core import feeds, figures, following, ledger
from firmware_py.core import messages as msg
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.decide import Decision, Play, Volumes, decide
from firmware_py.core.errors import Code
from firmware_py.core.ledger import STRIKES
from firmware_py.core.messages import Form
from firmware_py.core.model import FORM_OF, TIMED, Bulletin, Kind
from firmware_py.core.notices import interruptions
from firmware_py.core.records import ClockState
from firmware_py.core.state import ChannelState, Ordered, State, Turn
from firmware_py.core.streams import pinned
from firmware_py.core.timeline import TICKER, build
from firmware_py.core.units import FAR_FUTURE_US, SECOND, Now, WallUs, to_datetime
from firmware_py.core.windows import Playable, Rank, Skip, Window

LEAD_US = 10 * SECOND
"""How long before its start the next play is ordered: enough to open a decoder or scale a picture on a slow box."""

EARLY_US = SECOND // 2
"""How far before its planned start the output may have gone over to the next play."""

REMEMBERED_PASSES = 64
_STALE = frozenset({Code.FEED_STALE, Code.DATA_STALE})


def standings(state: State, now: Now) -> dict[str, Playable | Skip]:
    """Return of every bulletin of the schedule whether it can go out now."""
    return {bulletin.id: _standing(state, bulletin, now) for bulletin in state.schedule.bulletins}


def _standing(state: State, bulletin: Bulletin, now: Now) -> Playable | Skip:
    if state.strikes.get(bulletin.id, 0) >= STRIKES:
        return Skip(bulletin.id, Code.QUARANTINED)
    if bulletin.data or bulletin.kind is Kind.FEED:
        return _told(state, bulletin, now)
    if bulletin.kind is Kind.TEXT:
        words = [bulletin.title, bulletin.text]
        words += [word for each in bulletin.translations for word in (each.language, each.title, each.text)]
        mark = crc32("\0".join(words).encode())
        return Playable(bulletin, bulletin.shown_us, mark=f"{mark:08x}")
    if bulletin.kind is Kind.RELAY:
        return _relayed(state, bulletin)
    outcome = state.outcomes.get(bulletin.content[0], Flaw(Code.CONTENT_PENDING, ""))
    if isinstance(outcome, Flaw):
        return Skip(bulletin.id, outcome.code)
    return _playable(bulletin, outcome)


def _told(state: State, bulletin: Bulletin, now: Now) -> Playable | Skip:
    """Return a bulletin whose words come from elsewhere: from a signed document, or from a web page."""
    if bulletin.data:
        return figures.standing(state, bulletin, now)
    return following.standing(state, bulletin, now)


def _relayed(state: State, bulletin: Bulletin) -> Playable | Skip:
    """Return a relay with those of its sources that this box may listen to; its file may come later."""
    sources = pinned(bulletin.sources, state.ways.origins)
    if not sources and not bulletin.content:
        return Skip(bulletin.id, Code.STREAM_REFUSED)
    mark = crc32("\0".join(sources).encode())
    return Playable(bulletin, bulletin.shown_us, mark=f"{mark:08x}")


def _playable(bulletin: Bulletin, facts: Facts) -> Playable | Skip:
    duration_us = facts.duration_us if bulletin.kind in TIMED else bulletin.shown_us
    if duration_us <= 0:
        return Skip(bulletin.id, Code.CONTENT_EMPTY)
    return Playable(bulletin, duration_us, facts.path, facts.sha256[:12], facts.gain_db)


def _today(state: State, now: Now) -> date:
    return to_datetime(now.wall_us).astimezone(state.ways.zone).date()


def outdated(state: State, now: Now) -> bool:
    """Return whether the timelines were laid out for another day than that of `now`, or with a feed that is old now."""
    return state.planned_for != _today(state, now) or now.wall_us >= state.renew_at_us


def plan(state: State, now: Now) -> State:
    """Return the state with timelines laid out anew for the day of `now`."""
    today, known, ways = _today(state, now), standings(state, now), state.ways
    clock_known = state.clock is not ClockState.UNTRUSTED
    channels = tuple(
        replace(
            channel,
            timeline=build(
                state.schedule, channel.channel, known, ways.hours, ways.zone, today, clock_known=clock_known
            ),
        )
        for channel in state.channels
    )
    skipped = (each for each in known.values() if isinstance(each, Skip))
    stale = frozenset(skip.bulletin_id for skip in skipped if skip.code in _STALE)
    renew_at_us = min(following.renew_at_us(state, now), figures.renew_at_us(state, now))
    return replace(state, channels=channels, planned_for=today, stale=stale, renew_at_us=renew_at_us)


def settle(turn: Turn) -> None:
    """Bring every channel's orders in line with its decision, and say when to look again."""
    wakes = [_settle_channel(turn, index) for index in range(len(turn.state.channels))]
    wakes += _other_wakes(turn)
    if turn.state.incoming:
        wakes.append(turn.now.wall_us + turn.state.incoming.until_mono_us - turn.now.mono_us)
    turn.change(wake_at_us=min(wakes))


def _other_wakes(turn: Turn) -> list[WallUs]:
    """Return when notices and pauses end; what decides a channel is not all that has an end."""
    ends = [held.until_us for held in turn.state.notices]
    return [end for end in (*ends, turn.state.controls.paused_until_us) if end > turn.now.wall_us]


def _settle_channel(turn: Turn, index: int) -> WallUs:
    channel = turn.state.channels[index]
    at_us = _asked_at(channel, turn.now.wall_us)
    name = channel.channel.name
    decision = decide(channel.timeline, interruptions(turn.state, name), at_us, volumes(turn.state))
    turn.change_channel(index, decision=decision)
    _pass_over(turn, index, decision)
    if not turn.state.output_ready or turn.state.stopping:
        return decision.until_us
    _order(turn, index, decision.on_air)
    return min(decision.until_us, _prepare(turn, index, decision))


def _asked_at(channel: ChannelState, now_us: WallUs) -> WallUs:
    """Return the instant to decide for: now, or the start of a play that the output has begun a little early."""
    starts_us = channel.current.play.start_us if channel.current else 0
    return starts_us if now_us < starts_us <= now_us + EARLY_US else now_us


def _order(turn: Turn, index: int, want: Play | None) -> None:
    channel = turn.state.channels[index]
    if want is None:
        _silence(turn, index)
    elif channel.current and _covers(channel.current, want):
        _adjust(turn, index, channel.current, want)
    elif channel.prepared and channel.prepared.from_us <= turn.now.wall_us and _covers(channel.prepared, want):
        ledger.open_play(turn, index, channel.prepared)
        turn.change_channel(index, current=channel.prepared, prepared=None)
    else:
        _take_back(turn, index)
        ordered = Ordered(turn.take_no(), want)
        ledger.open_play(turn, index, ordered)
        turn.do(ev.Tell(msg.Now(channel.channel.name, _item(turn, index, ordered))))
        turn.change_channel(index, current=ordered)


def revoke(turn: Turn) -> None:
    """Take back everything that the output was told: its instants mean something else now."""
    for index, channel in enumerate(turn.state.channels):
        if channel.current or channel.prepared:
            _cut(turn, index)


def _covers(ordered: Ordered, want: Play) -> bool:
    """Return whether the output has been told of this play, to its end."""
    return ordered.play.key == want.key and ordered.play.end_us >= want.end_us


def _silence(turn: Turn, index: int) -> None:
    """Have nothing on air. A play that is over ends by itself: an order to end it might cut its last sounds."""
    channel = turn.state.channels[index]
    if channel.current and turn.now.wall_us < channel.current.play.end_us:
        _cut(turn, index)
    turn.change_channel(index, current=None)


def _cut(turn: Turn, index: int) -> None:
    _take_back(turn, index)
    turn.do(ev.Tell(msg.Now(turn.state.channels[index].channel.name, None)))
    turn.change_channel(index, current=None)


def _take_back(turn: Turn, index: int) -> None:
    """Withdraw whatever the output may still be about to go over to: also the play on air by plan, if not begun."""
    channel = turn.state.channels[index]
    if channel.prepared or not _has_begun(turn.state, channel.current):
        turn.do(ev.Tell(msg.Next(channel.channel.name, None)))
        turn.change_channel(index, prepared=None)


def _withdraw(turn: Turn, index: int) -> None:
    channel = turn.state.channels[index]
    if channel.prepared:
        turn.do(ev.Tell(msg.Next(channel.channel.name, None)))
        turn.change_channel(index, prepared=None)


def _adjust(turn: Turn, index: int, current: Ordered, want: Play) -> None:
    """Change the volume of the play on air; of one that has not begun it is changed when its begin is reported."""
    if want.volume_pct != current.play.volume_pct and _has_begun(turn.state, current):
        turn.do(ev.Tell(msg.Volume(turn.state.channels[index].channel.name, want.volume_pct)))
        changed = replace(current, play=replace(current.play, volume_pct=want.volume_pct))
        turn.change_channel(index, current=changed)


def _prepare(turn: Turn, index: int, decision: Decision) -> WallUs:
    """Order the play that follows, when it is near; return when to look again for that."""
    end_us = decision.on_air.end_us if decision.on_air else decision.until_us
    if end_us - LEAD_US > turn.now.wall_us:
        _withdraw(turn, index)
        return end_us - LEAD_US
    channel = turn.state.channels[index]
    follows = _following(turn.state, channel, end_us)
    from_us = end_us if follows and follows.start_us < end_us else 0
    if _is_prepared(channel.prepared, follows, from_us):
        return FAR_FUTURE_US
    if follows is None:
        _withdraw(turn, index)
    elif _has_begun(turn.state, channel.current):
        ordered = Ordered(turn.take_no(), follows, from_us)
        turn.do(ev.Tell(msg.Next(channel.channel.name, _item(turn, index, ordered))))
        turn.change_channel(index, prepared=ordered)
    return FAR_FUTURE_US


def _is_prepared(prepared: Ordered | None, follows: Play | None, from_us: WallUs) -> bool:
    """Return whether the output has been told of what follows, and of when."""
    if prepared is None or follows is None:
        return prepared is None and follows is None
    return (prepared.play, prepared.from_us) == (follows, from_us)


def _has_begun(state: State, current: Ordered | None) -> bool:
    """Return whether the output has gone over to the play that is on air by plan; its report settles again."""
    record = state.plays.get(current.no) if current else None
    return record is None or record.actual_start_us > 0


def _following(state: State, channel: ChannelState, end_us: WallUs) -> Play | None:
    """Return the play that the output may go over to by itself at `end_us`: one that begins, or one that goes on."""
    if end_us >= channel.timeline.end_us or (channel.current and channel.current.play.end_us != end_us):
        return None
    above = interruptions(state, channel.channel.name)
    follows = decide(channel.timeline, above, end_us, volumes(state)).on_air
    if follows is None or (follows.start_us < end_us and not channel.channel.joins):
        return None
    return follows


def _item(turn: Turn, index: int, ordered: Ordered) -> msg.Item:
    play, bulletin = ordered.play, ordered.play.what.bulletin
    return msg.Item(
        no=ordered.no,
        channel=turn.state.channels[index].channel.name,
        bulletin_id=bulletin.id,
        kind=_form(play),
        title=bulletin.title,
        start_us=play.start_us,
        start_mono_us=turn.now.mono_at(play.start_us),
        duration_us=play.end_us - play.start_us,
        path=_path(turn.state, play),
        text=_text(turn.state.channels[index], play),
        language=bulletin.language,
        translations=_translations(play),
        fit=bulletin.fit,
        layout=bulletin.layout,
        flow=bulletin.flow,
        align=bulletin.align,
        emphasis=bulletin.emphasis,
        volume_pct=play.volume_pct,
        gain_db=play.what.gain_db,
        notice=play.what.notice,
        sources=pinned(bulletin.sources, turn.state.ways.origins),
        from_us=ordered.from_us,
    )


def _text(channel: ChannelState, play: Play) -> str:
    """Return what a text says; of a feed or a figure as much as a running line has room for where it is one."""
    said = play.what.text
    if not said:
        return play.what.bulletin.text
    return feeds.line(said) if channel.channel.zone == TICKER.zone else said


def _translations(play: Play) -> tuple[msg.NoticeText, ...]:
    said = play.what.translations if play.what.text else play.what.bulletin.translations
    return tuple(msg.NoticeText(each.language, each.title, each.text) for each in said)


def _form(play: Play) -> Form:
    """Return what the output is to make of a play; a relay by command is a live address."""
    if play.what.notice:
        return "notice"
    live = play.what.bulletin.kind is Kind.RELAY and play.rank is Rank.OVERRIDE
    return "live" if live else FORM_OF[play.what.bulletin.kind]


def _path(state: State, play: Play) -> str:
    """Return the file of a play; a voice that came with its alert lies in the spool, and a relay may have none yet."""
    bulletin = play.what.bulletin
    if bulletin.kind is Kind.RELAY and play.what.notice is None:
        outcome = state.outcomes.get(bulletin.content[0]) if bulletin.content else None
        return outcome.path if isinstance(outcome, Facts) else ""
    spooled = play.what.notice is not None and play.what.path and not play.what.path.startswith("/")
    return f"{state.me.spool_dir}/{play.what.path}" if spooled else play.what.path


def volumes(state: State) -> Volumes:
    """Return the box's own settings of volume, as a command has changed them."""
    usual_pct = state.controls.volume_pct
    return state.ways.volumes if usual_pct is None else replace(state.ways.volumes, usual_pct=usual_pct)


def _pass_over(turn: Turn, index: int, decision: Decision) -> None:
    """Record once for each window what it passes over, and a window that is refused as a whole."""
    for window in filter(None, (decision.window, decision.withheld)):
        for skip in _skips(window):
            mark = f"{window.owner}@{window.since_us}:{skip.bulletin_id}:{skip.code}"
            passed = turn.state.channels[index].passed
            if mark not in passed:
                turn.change_channel(index, passed=(*passed, mark)[-REMEMBERED_PASSES:])
                ledger.skipped(turn, index, window, skip)


def _skips(window: Window) -> tuple[Skip, ...]:
    """Return what a window passes over for good; content that is still being checked may yet be played."""
    if window.withheld is Code.QUIET_HOURS:
        return tuple(Skip(part.bulletin.id, Code.QUIET_HOURS) for part in window.lineup.parts[:1])
    return tuple(skip for skip in window.skipped if skip.code is not Code.CONTENT_PENDING)
