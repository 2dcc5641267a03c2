"""A board's agent with a panel on its serial line: what the panel hears of the hour, of faults and of deaths."""

from __future__ import annotations

from pathlib import Path

from tests.board.panels import INPUT, OFF, ON, LedPanel, brightness
from tests.system import world
from tests.system.world import clock, slot, text
from tests.terminal import Terminal

DARK_AFTER_S, DARK_FOR_S = 7, 5
SETTINGS = """
[panel]
driver = "serial"
dark = ["{begin}-{end}"]
[[panel.levels]]
hours = "00:00-24:00"
brightness_pct = 40
[panel.serial]
port = "{port}"
on = "POWER ON\\r"
off = "POWER OFF\\r"
on_answer = "OK"
off_answer = "OK"
query = "POWER?\\r"
on_state = "POWER=1"
off_state = "POWER=0"
brightness = "BRT {{level:02X}}\\r"
brightness_answer = "BRT OK"
level_max = 15
input = "INPUT HDMI1\\r"
input_answer = "INPUT OK"
"""


def test_a_board_is_dark_at_its_hours_and_says_so_and_a_silent_panel_is_told(tmp_path: Path) -> None:
    """On and dimmed, off for its hours; what was on air meanwhile was dark; a line pulled out is told."""
    begin_s = DARK_AFTER_S
    settings = SETTINGS.format(port=tmp_path / "tty", begin=clock(begin_s), end=clock(begin_s + DARK_FOR_S))
    with (
        Terminal(LedPanel(), tmp_path / "tty") as led,
        world.box(tmp_path, "board", settings=settings) as board,
    ):
        board.start()
        board.until(lambda: led.wire.lines[:3] == [ON, INPUT, brightness(6)])
        seen, unseen = text("seen", 1), text("unseen", 1)
        board.feed.publish(
            seen, unseen, slots=(slot("a", seen, start=clock(begin_s - 2)), slot("b", unseen, start=clock(begin_s + 1)))
        )
        (record,) = board.closed(seen)
        assert (record.panel, record.frames > 0) == ("on", True)
        board.until(lambda: OFF in led.wire.lines)
        (record,) = board.closed(unseen)
        assert (record.result, record.panel, record.played_us, record.frames) == ("complete", "dark", 0, 0)
        led.unplug()  # what is to be said when the dark is over cannot be said
        assert str(led.path) in board.fault(code="panel_silent").detail
        assert board.stop() == 0
