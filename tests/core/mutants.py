"""Hand-made mutants of the rule and the reducer: one wrong line each, of the kind that a review overlooks."""

from __future__ import annotations

from dataclasses import dataclass

RULE = ("tests/core/test_precedence.py", "tests/core/test_rule.py")
AGENT = ("tests/core/test_failures.py", "tests/core/test_agent.py")
LINK = ("tests/core/test_alerts.py", "tests/core/test_commands.py")
TRUST = ("tests/core/test_trust.py", "tests/core/test_replay.py")
RECURRENCE = ("tests/core/test_recurrence.py",)
OTHERS = ("tests/core/test_feeds.py", "tests/core/test_figures.py")
"""Words of others: web feeds and figures."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` becomes `new` in a file of `firmware_py/core`; `tests` must notice. `harm` is what it would do."""

    harm: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant("a replayed document is obeyed", "trust.py", "any(number <= marks", "any(number < 0 * marks", TRUST),
    Mutant(
        "the audience is not looked at", "trust.py", "if not fits or not who.is_meant(audience):", "if not fits:", TRUST
    ),
    Mutant(
        "a drill cancels an alert",
        "notices.py",
        'held.name.rpartition("/")[0] == other.name.rpartition("/")[0] != ""',
        "held.id == other.id",
        LINK,
    ),
    Mutant(
        "an alert that was heard is heard again",
        "recall.py",
        "alert is None or row.state not in _ON_AIR",
        "alert is None",
        LINK,
    ),
    Mutant(
        "a command is done twice",
        "inbox.py",
        "    if _is_known(turn, command.id, verified):\n        repeat",
        "    if False:\n        repeat",
        LINK,
    ),
    Mutant("a mute does not silence", "notices.py", "if controls.muted:", "if False:", LINK),
    Mutant("any answer tells the time", "inbox.py", "if sync.nonce != connection.nonce:", "if not sync.nonce:", LINK),
    Mutant(
        "an old alert is heard on an unset clock",
        "inbox.py",
        "return uncertain and turn.now",
        "return False and turn.now",
        LINK,
    ),
    Mutant("a test alert is heard", "inbox.py", "if alert.status is AlertStatus.TEST:", "if False:", LINK),
    Mutant(
        "a new schedule silences what is on air until its files are checked",
        "incoming.py",
        "if late or not on_air or not any",
        "if True or not any",
        AGENT,
    ),
    Mutant(
        "a withdrawn bulletin goes on until every file is checked",
        "incoming.py",
        "late = incoming is None or turn.now.mono_us >= incoming.until_mono_us",
        "late = False",
        AGENT,
    ),
    Mutant("a file that was cut is not named", "reduce.py", "elif outcome.remark:", "elif False:", AGENT),
    Mutant(
        "priority is ignored", "windows.py", "return (-self.rank, -self.since_us,", "return (0, -self.since_us,", RULE
    ),
    Mutant("the earlier slot wins", "windows.py", "-self.since_us, self.owner", "self.since_us, self.owner", RULE),
    Mutant(
        "a slot lasts an instant too long",
        "windows.py",
        "heap[0][2].end_us <= from_us",
        "heap[0][2].end_us < from_us",
        RULE,
    ),
    Mutant(
        "validity is ignored at its end",
        "windows.py",
        "return from_us <= at_us < until_us",
        "return from_us <= at_us",
        RULE,
    ),
    Mutant("quiet hours are not kept", "windows.py", "if inside[0] < inside[1]:", "if inside[0] > inside[1]:", RULE),
    Mutant(
        "emergency counts as normal",
        "windows.py",
        "Priority.EMERGENCY: Rank.EMERGENCY",
        "Priority.EMERGENCY: Rank.NORMAL",
        RULE,
    ),
    Mutant(
        "a slot over midnight ends before it starts",
        "timeline.py",
        "end_us if end_us > start_us else end_us + DAY",
        "end_us",
        RULE,
    ),
    Mutant(
        "yesterday's slots are forgotten",
        "timeline.py",
        "return today - timedelta(days=1), today",
        "return today, today",
        RULE,
    ),
    Mutant("except_days are ignored", "timeline.py", "if day not in slot.except_days", "if day not in ()", RULE),
    Mutant("the highest volume cap counts", "timeline.py", "yield edge, min(", "yield edge, max(", RULE),
    Mutant(
        "a late start begins at the beginning",
        "decide.py",
        "start_us = cycle_start_us + (",
        "start_us = at_us + (",
        RULE,
    ),
    Mutant(
        "the joint belongs to the bulletin before",
        "decide.py",
        "index = bisect_right(line.ends_us, within_us)",
        "index = max(0, bisect_right(line.ends_us, within_us - 1))",
        RULE,
    ),
    Mutant("volume is not capped", "decide.py", "return min(wanted,", "return max(wanted,", RULE),
    Mutant(
        "alerts that come are not foreseen",
        "decide.py",
        "if at_us < window.start_us < window.end_us and",
        "if window.start_us < at_us < window.end_us and",
        RULE,
    ),
    Mutant("every other week is every week", "recurrence.py", "% rule.interval:", "% 1:", RECURRENCE),
    Mutant(
        "the last Friday is the first",
        "recurrence.py",
        "-((last - day).days // 7) - 1",
        "-((day - first).days // 7) - 1",
        RECURRENCE,
    ),
    Mutant(
        "a play is ordered again and again",
        "settle.py",
        "ordered.play.key == want.key and",
        "ordered.play.key != want.key and",
        AGENT,
    ),
    Mutant(
        "nothing is prepared",
        "settle.py",
        "if end_us - LEAD_US > turn.now.wall_us:",
        "if end_us > turn.now.wall_us:",
        AGENT,
    ),
    Mutant(
        "orders go to an output that is not there",
        "settle.py",
        "if not turn.state.output_ready or turn.state.stopping:",
        "if turn.state.stopping:",
        AGENT,
    ),
    Mutant(
        "quarantine never comes",
        "ledger.py",
        "count = turn.state.strikes.get(record.bulletin_id, 0) + 1",
        "count = 1",
        AGENT,
    ),
    Mutant(
        "a play that was cut counts as complete",
        "ledger.py",
        "return Result.PREEMPTED if planned_us < record.whole_us - AT_END_US",
        "return Result.COMPLETE if planned_us < record.whole_us - AT_END_US",
        AGENT,
    ),
    Mutant(
        "an order has no record",
        "ledger.py",
        "    _put(turn, record)\n    turn.do(ev.Keep(record))",
        "    _put(turn, record)",
        AGENT,
    ),
    Mutant(
        "a lost output leaves its records open",
        "reduce.py",
        "ledger.close_all(turn, Result.FAILED, event.code, event.detail)",
        "turn.change(progress={})",
        AGENT,
    ),
    Mutant(
        "a failed check takes a good file off the air",
        "reduce.py",
        "if isinstance(outcome, Facts) or not isinstance(before, Facts):",
        "if outcome:",
        AGENT,
    ),
    Mutant(
        "what began two evenings ago is forgotten",
        "timeline.py",
        "zone, first - timedelta(days=1), last",
        "zone, first, last",
        RULE,
    ),
    Mutant("COUNT has no end", "recurrence.py", "islice(found, rule.count)", "islice(found, None)", RECURRENCE),
    Mutant(
        "the last of a set is another",
        "recurrence.py",
        "place - len(members) in rule.positions",
        "-place in rule.positions",
        RECURRENCE,
    ),
    Mutant(
        "a short bulletin is replaced before it begins",
        "settle.py",
        "elif _has_begun(turn.state, channel.current):",
        "else:",
        AGENT,
    ),
    Mutant(
        "what is not wanted any more stays prepared",
        "settle.py",
        "        _withdraw(turn, index)\n        return end_us - LEAD_US",
        "        return end_us - LEAD_US",
        AGENT,
    ),
    Mutant(
        "a bulletin that may go on longer falls silent",
        "settle.py",
        "ordered.play.end_us >= want.end_us",
        "ordered.play.end_us >= want.start_us",
        AGENT,
    ),
    Mutant(
        "an order for silence cuts the last sounds",
        "settle.py",
        "if channel.current and turn.now.wall_us < channel.current.play.end_us:",
        "if channel.current:",
        AGENT,
    ),
    Mutant("after a clock step the old play goes on", "reduce.py", "        revoke(turn)", "        pass", AGENT),
    Mutant(
        "new content stays in quarantine",
        "reduce.py",
        "            ledger.forgive(turn, content)",
        "            pass",
        AGENT,
    ),
    Mutant(
        "a feed is never too old",
        "following.py",
        "if _good_until_us(state, bulletin, now) <= now.wall_us:",
        "if False:",
        OTHERS,
    ),
    Mutant(
        "a feed of any origin is shown",
        "following.py",
        "if not pinned(bulletin.addresses, state.ways.feed_origins):",
        "if False:",
        OTHERS,
    ),
    Mutant(
        "an old figure is shown", "figures.py", "if figure.expires > now.wall_us), None)", "if figure), None)", OTHERS
    ),
    Mutant("a power cut takes the figures", "recall.py", "for data in _figures(remembered)", "for data in ()", OTHERS),
    Mutant("figures of two areas share a mark", "trust.py", " | Data(audience=audience):", ":", OTHERS),
)
