"""`ttcs send figure`: the boards of an area get all its figures, each with its own end."""

from __future__ import annotations

import pytest

from firmware_py.core.wire import Data
from firmware_py.field.main import main
from tests.field.province_world import PATIENCE_S, Province, ScriptedBox
from tests.waiting import until


@pytest.fixture
def box(province: Province) -> ScriptedBox:
    """Give an enrolled board in an area of its own below the province."""
    return province.enrol("board", "bang-thoi-tiet", "62", "xa-thoi-tiet")


def send(province: Province, *words: str) -> int:
    """Run `ttcs send`."""
    return main(["send", *words, "--province", str(province.place.root)])


def test_a_figure_comes_beside_those_that_were_said_before(province: Province, box: ScriptedBox) -> None:
    """A document has all figures of an area: a name that is said again takes the place of its own figure only."""
    area = ("--area", box.who.areas[1])
    with box.connected():
        assert send(province, "figure", "thoi-tiet", *area, "--text", "vi=28 độ", "--text", "en=28 degrees") == 0
        assert send(province, "figure", "khong-khi", *area, "--text", "vi=tốt", "--minutes", "30") == 0
        assert send(province, "figure", "thoi-tiet", *area, "--text", "vi=mưa") == 0
        *_, last = until(lambda: box.received(Data)[2:] and box.received(Data), PATIENCE_S)
        topic, _, _, expiry_s = box.heard[-1]
    assert (topic, last.audience) == (f"ttcs/1/area/{area[1]}/data", f"area:{area[1]}")
    assert {each.name: [text.text for text in each.texts] for each in last.figures} == {
        "khong-khi": ["tốt"],
        "thoi-tiet": ["mưa"],
    }
    assert {each.expires - each.at for each in last.figures} == {30 * 60_000_000, 90 * 60_000_000}
    assert expiry_s is not None
    assert 6 * 86_400 < expiry_s <= 7 * 86_400


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("Thời tiết", "--text", "vi=a"), 2),
        (("thoi-tiet",), 2),
        (("thoi-tiet", "--text", "a"), 2),
        (("thoi-tiet", "--text", "vi=a", "--text", "vi=b"), 1),
        (("thoi-tiet", "--text", f"vi={'a' * 401}"), 1),
    ],
)
def test_a_figure_that_no_box_would_take_is_not_sent(province: Province, words: tuple[str, ...], status: int) -> None:
    """Wrong use ends with 2, a figure with faults with 1."""
    found = 0
    try:
        found = send(province, "figure", *words)
    except SystemExit as ended:
        found = int(str(ended.code))
    assert found == status
