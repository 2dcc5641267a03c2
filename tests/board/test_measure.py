"""How frames of any shape are brought into zones of any shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.video.measure import measure

SIDES = st.integers(2, 4096)
TURNS = st.sampled_from((0, 90, 180, 270))


@pytest.mark.parametrize(
    ("coded", "pixel", "turn", "zone", "fit", "cut", "shown"),
    [
        ((1920, 1080), 1.0, 0, (1280, 720), "contain", (1920, 1080), (1280, 720)),
        ((1920, 1080), 1.0, 0, (384, 192), "contain", (1920, 1080), (341, 192)),
        ((1920, 1080), 1.0, 0, (384, 192), "cover", (1920, 960), (384, 192)),
        ((720, 576), 16 / 15, 0, (768, 576), "contain", (720, 576), (768, 576)),
        ((1920, 1080), 1.0, 90, (1080, 1920), "contain", (1920, 1080), (1080, 1920)),
        ((1920, 1080), 1.0, 270, (1920, 1080), "contain", (1920, 1080), (608, 1080)),
        ((1920, 1080), 1.0, 90, (1920, 1080), "cover", (608, 1080), (1920, 1080)),
    ],
)
def test_frames_keep_their_shape(  # noqa: PLR0913, PLR0917 - the columns of the table
    coded: tuple[int, int], pixel: float, turn: int, zone: tuple[int, int], fit: str, cut: object, shown: object
) -> None:
    """A frame is as large as the zone allows, or fills it and is cut around the middle; turned and stretched first."""
    made = measure(coded, pixel, turn, zone, fit)  # type: ignore[arg-type]  # one of two words
    assert (made.cut, made.shown) == (cut, shown)


@given(
    st.tuples(SIDES, SIDES), st.floats(0.1, 10), TURNS, st.tuples(SIDES, SIDES), st.sampled_from(("contain", "cover"))
)
def test_nothing_leaves_the_frame_or_the_zone(
    coded: tuple[int, int], pixel: float, turn: int, zone: tuple[int, int], fit: str
) -> None:
    """Whatever the shapes: the part shown lies in the frame, the result in the zone, and covering fills it."""
    made = measure(coded, pixel, turn, zone, fit)  # type: ignore[arg-type]  # one of two words
    assert all(1 <= part <= whole for part, whole in zip(made.cut, coded, strict=True))
    assert all(1 <= part <= whole for part, whole in zip(made.shown, zone, strict=True))
    if fit == "cover":
        assert made.shown == zone
    else:
        assert made.cut == coded
        assert any(part == whole for part, whole in zip(made.shown, zone, strict=True))
