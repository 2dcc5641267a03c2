"""How loud a board's videos may be by time of day."""

from __future__ import annotations

from firmware_py.board.agent import hours_of
from firmware_py.core.settings import BoardSettings
from firmware_py.core.shape import load

CONFIG = {
    "device": {"id": "x", "name": "x", "areas": [], "state_dir": "/s", "run_dir": "/r"},
    "link": {"kind": "folder", "path": "/f", "trust": "unsigned"},
    "hours": {"quiet": ["21:30-05:00"], "caps": [{"hours": "05:00-06:00", "max_pct": 60}]},
}


def test_quiet_hours_take_the_sound_and_leave_the_picture() -> None:
    """Nothing is withheld from a board; what is quiet is a cap of nothing."""
    limits = load(BoardSettings, CONFIG, "board.toml").hours
    hours = hours_of(limits)
    assert hours.quiet == ()
    assert [cap.max_pct for cap in hours.caps] == [60, 0]
    assert hours.caps[1].hours == limits.quiet[0]
