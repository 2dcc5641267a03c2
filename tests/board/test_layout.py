"""Where things stand on panels of every size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.layout import (
    LEGIBLE_PX,
    LINE_SHARE,
    NOWHERE,
    Layout,
    lay_out,
    ticker_speed_px_s,
)


def both(width: int, height: int) -> Layout:
    """Return the layout with an item in the main zone and in the ticker."""
    return lay_out(width, height, main=True, ticker=True)


@pytest.mark.parametrize(
    ("size", "header", "rows", "main", "ticker"),
    [
        ((1920, 1080), 119, 1, 869, 92),
        ((1080, 1920), 238, 2, 1590, 92),
        ((3840, 2160), 238, 1, 1738, 184),
        ((384, 192), 24, 1, 144, 24),
        ((320, 160), 24, 1, 112, 24),
        ((192, 96), 0, 0, 72, 24),
        ((128, 64), 0, 0, 40, 24),
        ((160, 32), 0, 0, 32, 0),
        ((64, 32), 0, 0, 32, 0),
    ],
)
def test_heights_of_the_zones(size: tuple[int, int], header: int, rows: int, main: int, ticker: int) -> None:
    """The table of zone heights, with an item in both channels, for the panels that are in use."""
    layout = both(*size)
    assert (layout.header.height, layout.header_rows) == (header, rows)
    assert (layout.main.height, layout.ticker.height) == (main, ticker)


@given(st.integers(16, 4096), st.integers(16, 4096), st.booleans(), st.booleans())
def test_zones_share_the_panel_out(width: int, height: int, main: bool, ticker: bool) -> None:  # noqa: FBT001 - generated
    """Zones lie one below the other over the whole width, and no row of the panel is left over."""
    layout = lay_out(width, height, main=main, ticker=ticker)
    zones = [zone for zone in (layout.header, layout.main, layout.ticker) if zone.visible]
    assert all(zone.x == 0 and zone.width == width for zone in zones)
    assert [zone.y for zone in zones] == [0, *[zone.bottom for zone in zones[:-1]]]
    assert zones[-1].bottom == height


@given(st.integers(16, 4096), st.integers(16, 4096), st.booleans())
def test_type_sizes_fall_and_fit(width: int, height: int, ticker: bool) -> None:  # noqa: FBT001 - generated
    """Sizes to choose from go from large to small, and a line of the largest fits the zone."""
    layout = lay_out(width, height, main=True, ticker=ticker)
    sizes = [kind.px for kind in layout.menu.single if kind.weight == "plain"]
    assert sizes == sorted(set(sizes), reverse=True)
    assert sizes[0] * LINE_SHARE <= max(layout.main.height, 8 * LINE_SHARE)


def test_strip_gives_everything_to_one_zone() -> None:
    """On a strip the main item has the whole panel, and a ticker alone has it too."""
    assert lay_out(160, 32, main=True, ticker=True).ticker == NOWHERE
    alone: Layout = lay_out(160, 32, main=False, ticker=True)
    assert (alone.main, alone.ticker.height) == (NOWHERE, 32)


def test_own_page_has_no_header() -> None:
    """Without an item the board's own page has the height of the header too."""
    assert lay_out(1920, 1080, main=False, ticker=False).main == (0, 0, 1920, 1080)


def test_small_main_zone_may_use_the_pixel_font() -> None:
    """Unifont is on the menu where two lines of Noto Sans have no room, and only there."""
    weights = {size: {kind.weight for kind in both(*size).menu.single} for size in ((160, 32), (384, 192))}
    assert weights == {(160, 32): {"plain", "pixel"}, (384, 192): {"plain"}}
    assert both(160, 32).menu.paged == ("pixel", LEGIBLE_PX)


def test_ticker_pace_follows_its_type() -> None:
    """Letters pass equally fast on every panel: pixels per second go with the size of the type."""
    large, small = both(1920, 1080).ticker_px, both(384, 192).ticker_px
    assert ticker_speed_px_s(180, large) == pytest.approx(180 * large / 60, abs=1)
    assert ticker_speed_px_s(180, small) / small == pytest.approx(ticker_speed_px_s(180, large) / large, rel=0.03)
