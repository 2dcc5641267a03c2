"""Texts that nobody should send: each is shown, or skipped with a code, and everything else goes on."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path

import pytest

from firmware_py.board.clean import displayable
from firmware_py.board.glyphs import FontChain
from firmware_py.board.look import NOTICE_LOOKS, THEMES
from firmware_py.core.messages import Ended, Failed, Flow, NoticeText, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import BoardProcess, board, item, setup, wall_us
from tests.board.notices import notice, notice_item, shares
from tests.waiting import until

LED, STRIP = (384, 192), (64, 32)
LETTERS = {
    "one word": "ệ" * 10_000,
    "one word with marks": "ơ̆" * 5_000 + "m" * 5_000,
    "right to left": "\u202eơl nạb\u202c \u2067אבג\u2069 مرحبا Bà con \u061c",
    "zero width": "B\u200bà\u200c c\u200do\u2060n\ufeff",
    "controls": "Bà\x00 con\x07\x1b[31m chú\x7f ý\x9b",
    "emoji": "Họp 👨‍👩‍👧‍👦 🇻🇳🇱🇦 👍🏽 ☎️ 1️⃣",
    "marks": "a" + "\u0306" * 1_000 + " con",
    "marks alone": "\u0302\u0306" * 50,
    "no font": "\ue000\U000e0041\U0001fbff con",
    "blanks": "Bà\u3000\u2003\u00a0con\u202f\t\u2028ý\x85",
    "empty lines": "Bà" + "\n" * 5_000 + "con",
    "surrogates": "Bà \ud800 con",
    "wide": "ﷺ" * 40 + "𒐫" * 5,
}
NOTHING = {"empty": "", "blank": " \t\n\u3000\u00a0\u200b", "unseen": "\u200b\u2060\u202e\x00"}
FLOWS: tuple[Flow, ...] = ("pages", "scroll")
TICKER_MOST = 2_000


@pytest.mark.parametrize(("size", "flow"), [*product((LED, STRIP), FLOWS)])
@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_letters_are_shown(chain: FontChain, size: tuple[int, int], flow: Flow, text: str) -> None:
    """Whatever letters a text has, there is ink on its ground, in its turn, and the next bulletin follows it."""
    bench, look = Bench(chain, size), THEMES["dark"]
    bench.order(Order("main", item(1, start_us=T, seconds=6000, title="", text=text, flow=flow)))
    assert bench.of(Started) == [1]
    found = shares(bench.frames.presented[-1])
    assert found[look.ground] > 0.2
    assert found.get(look.body, 0) > 0.0005
    bench.run_to(T + 2 * SECOND)
    bench.order(Order("main", item(2, start_us=T + 3 * SECOND)))
    bench.run_to(T + 4 * SECOND)
    assert bench.of(Started) == [1, 2]
    assert bench.of(Ended) == [1]


@pytest.mark.parametrize("flow", FLOWS)
def test_a_text_that_would_flicker_is_refused(chain: FontChain, flow: Flow) -> None:
    """Thousands of letters in five seconds are skipped with a code that says how long they need."""
    bench = Bench(chain, STRIP)
    bench.order(Order("main", item(1, start_us=T, seconds=5, text="Bà con " * 1_000, flow=flow)))
    (failed,) = [report for report in bench.said if isinstance(report, Failed)]
    assert failed.code == "content_too_large"
    assert "in 5 s; give it" in failed.detail


@pytest.mark.parametrize("size", [LED, STRIP])
@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_nothing_is_skipped_with_a_code(chain: FontChain, size: tuple[int, int], text: str) -> None:
    """A text without a letter fails in every zone with `content_empty`; the board's own page stands there."""
    bench = Bench(chain, size)
    own = bench.frames.presented[-1]
    for no, channel in enumerate(("main", "side", "ticker"), 1):
        bench.order(Order(channel, item(no, start_us=T, channel=channel, title=text, text=text)))
    failed = {report.no: report.code for report in bench.said if isinstance(report, Failed)}
    assert failed == {1: "content_empty", 2: "content_empty", 3: "content_empty"}
    assert bench.frames.presented[-1] == own


@pytest.mark.parametrize("channel", ["side", "ticker"])
@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_other_zones_go_on(chain: FontChain, channel: str, text: str) -> None:
    """Beside or below a good bulletin a bad text is shown, or is too long and told so; the bulletin stays."""
    bench = Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600)))
    bench.order(Order(channel, item(2, start_us=T, seconds=600, channel=channel, title="", text=text)))
    bench.run_to(T + SECOND // 2)
    failed = {report.no: report.code for report in bench.said if isinstance(report, Failed)}
    too_long = channel == "ticker" and len(displayable(text).replace("\n", "")) > TICKER_MOST
    assert failed == ({2: "content_too_large"} if too_long else {})
    assert bench.of(Started) == ([1] if too_long else [1, 2])
    assert bench.of(Ended) == []


@pytest.mark.parametrize("text", [*LETTERS.values(), *NOTHING.values()], ids=[*LETTERS, *NOTHING])
def test_an_alert_is_shown_whatever_it_says(chain: FontChain, text: str) -> None:
    """Of an alert with one bad text the event and the other text are shown; of one with nothing else its colours."""
    bench = Bench(chain, LED)
    for no, texts in enumerate(([NoticeText("vi", text, text), NoticeText("bdq", "Dêh")], [NoticeText("vi", text)]), 1):
        bench.order(Order("main", notice_item(no, notice("actual", *texts), T)))
        found = shares(bench.frames.presented[-1])
        assert found[NOTICE_LOOKS["actual"].page.ground] > 0.2
        assert found.get(NOTICE_LOOKS["actual"].page.title, 0) > 0.001
    assert bench.of(Started) == [1, 2]


def memory_mb(running: BoardProcess) -> float:
    """Return the most memory that a process has had."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def test_memory_and_time_stay_bounded() -> None:
    """One process is sent all of it, in all zones: it answers each within seconds, and keeps to its memory."""
    with board(setup(width=1920, height=1080)) as running:
        running.send(Order("main", item(1, start_us=wall_us())))
        running.wait_for(Started)
        before_mb, no = memory_mb(running), 1
        for text in (*LETTERS.values(), *NOTHING.values()):
            if "\ud800" in text:
                continue
            for channel in ("main", "side", "ticker"):
                no += 1
                running.send(Order(channel, item(no, start_us=wall_us(), channel=channel, title="", text=text)))
            answered = range(no - 2, no + 1)
            until(partial(answers, running, set(answered)), 10)
        assert memory_mb(running) - before_mb < 80
        assert running.end() == 0


def told(running: BoardProcess) -> set[int]:
    """Return the numbers of the plays that began or failed."""
    return {report.no for report in running.all(Started)} | {report.no for report in running.all(Failed)}


def answers(running: BoardProcess, numbers: set[int]) -> bool:
    """Return whether all of some plays began or failed."""
    return numbers <= told(running)
