"""What looks at a screen are worth: the judge of `ttcs bench mixed` lets right ones pass and names every fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.board import unseen_pct
from benchmarks.boards import box
from benchmarks.boards.films import RATE_HZ
from benchmarks.boards.glass import COLUMNS_APART, ROWS_APART, Glass, sample_of
from benchmarks.boards.likeness import BLACK, OWN, UNKNOWN, Seen
from benchmarks.boards.programme import FILM, Part, Programme, Round
from benchmarks.boards.verdict import CANCEL_SHOWN_US, Alarm, Fault, Look, judged
from firmware_py.board.layout import Box
from firmware_py.core.units import MS, SECOND, WallUs
from tests.board.board_process import x_server

PERIOD_US = 80 * MS
PANEL = (1920, 1080)


def part(name: str, seconds: int) -> Part:
    """Return a part of a round."""
    return Part({"id": name}, seconds * SECOND, SECOND)


PROGRAMME = Programme(
    PANEL,
    (1280, 720),
    Round((part("one", 4), part("two", 3), part(FILM, 5), part("whole", 2))),
    Round((part("left", 6), part("right", 5))),
    Part(box.text("line", "Tin", 3600), 3600 * SECOND, 0),
)
CYCLE_US = 14 * SECOND
T: WallUs = 100 * CYCLE_US


def right(at_us: WallUs) -> Look:
    """Return a look at what is due."""
    due = PROGRAMME.main.at(at_us)
    frame = (at_us - due.start_us) * RATE_HZ // SECOND if due.part.name == FILM else -1
    return Look(at_us, at_us + 2 * MS, Seen(due.part.name, frame), PROGRAMME.side.at(at_us).part.name, at_us, gap=False)


def looks(seconds: float = 30, since_us: WallUs = T) -> list[Look]:
    """Return right looks for so long."""
    return [right(at_us) for at_us in range(since_us, since_us + round(seconds * SECOND), PERIOD_US)]


def faults(seen: Sequence[Look], alarms: Sequence[Alarm] = ()) -> list[Fault]:
    """Return what is wrong, in its order."""
    return [finding.fault for finding in judged(seen, PROGRAMME, alarms)]


def late(seen: Sequence[Look], by_us: int) -> Iterator[Look]:
    """Yield looks at what was due some time ago; the line moves."""
    for look in seen:
        before = right(look.since_us - by_us)
        yield look._replace(main=before.main, side=before.side)


def test_what_is_due_is_right() -> None:
    """A board that shows what is due has nothing wrong."""
    assert faults(looks()) == []


def test_a_board_a_tenth_of_a_second_late_is_right_and_a_later_one_is_stale() -> None:
    """What has been over for no more than 0.1 s may be seen; what has been over for longer is stale."""
    assert faults(list(late(looks(), 90 * MS))) == []
    stale = faults(list(late(looks(), 300 * MS)))
    assert set(stale) == {Fault.STALE}
    # The film is late all the time, everything else when it should have changed.
    assert len(stale) > 5 * SECOND // PERIOD_US


def test_a_picture_that_stands_still_is_stale() -> None:
    """A board that stops for half a second in the midst of an item is caught by the line that stands still."""
    seen = looks(3)
    stopped = [look._replace(line=seen[10].line) if 10 <= n < 17 else look for n, look in enumerate(seen)]
    assert faults(stopped) == [Fault.STALE] * 5


def test_black_unknown_and_the_own_page_are_named() -> None:
    """Each kind of fault is counted as what it is, once for each look."""
    seen = looks(3)
    seen[3] = seen[3]._replace(main=Seen(BLACK))
    seen[5] = seen[5]._replace(gap=True)
    seen[7] = seen[7]._replace(main=Seen(UNKNOWN))
    seen[9] = seen[9]._replace(side=UNKNOWN)
    seen[11] = seen[11]._replace(main=Seen(OWN))
    assert faults(seen) == [Fault.BLACK, Fault.BLACK, Fault.UNKNOWN, Fault.UNKNOWN, Fault.OWN]


def test_an_alert_is_due_from_its_arrival_to_the_end_of_its_cancel() -> None:
    """The programme is stale while an alert is on air, and the alert when it was cancelled."""
    alarm = Alarm("actual", T + SECOND, T + 11 * SECOND)
    over_us = alarm.cancelled_us + CANCEL_SHOWN_US

    def seen(look: Look) -> Look:
        if not alarm.called_us + 60 * MS <= look.since_us < over_us:
            return look
        name = "actual" if look.since_us < alarm.cancelled_us + 60 * MS else "cancel"
        return look._replace(main=Seen(name), side=UNKNOWN, line=0)

    assert faults([seen(look) for look in looks(60)], (alarm,)) == []
    without = faults(looks(60), (alarm,))
    assert set(without) == {Fault.STALE}
    assert len(without) > 39 * SECOND // PERIOD_US


def test_frames_of_a_film_that_are_left_out_are_counted() -> None:
    """Every third frame left out is a third of the frames, also around the film's end; where nobody looked none is."""
    shown = [number for number in range(590, 608) if number % 3]
    looks_at_it = [(n * 0.011 + 0.004 * m, number % 600) for n, number in enumerate(shown) for m in range(2)]
    assert 30 < unseen_pct(looks_at_it) < 36
    assert unseen_pct([(0.01 * n, n // 3) for n in range(600)]) == 0
    assert unseen_pct([(0.0, 1), (0.01, 2), (0.5, 17), (0.51, 18)]) == 0


def test_a_screen_and_a_picture_give_the_same_sample(tmp_path: Path) -> None:
    """What is read from an X server's memory is what is reckoned from the picture that stands there: black, here."""
    with x_server(64, 48, tmp_path):
        glass = Glass(tmp_path / "Xvfb_screen0")
    zone = Box(8, 6, 40, 30)
    assert glass.whole == Box(0, 0, 64, 48)
    assert glass.is_black(glass.whole)
    assert glass.sample(zone) == sample_of(bytes(3 * 64 * 48), 64, zone)
    assert len(glass.sample(zone)) == (40 // COLUMNS_APART) * (30 // ROWS_APART)
    glass.close()


def test_samples_have_each_colour_of_each_place() -> None:
    """Rows are sampled by their red, green and blue in turn, at every eighth pixel."""
    rgb = bytes(value for y in range(18) for x in range(16) for value in (x, 100 + y, 200))
    assert sample_of(rgb, 16, Box(0, 0, 16, 18)) == bytes((0, 8, 106, 106, 200, 200))
