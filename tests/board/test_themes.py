"""Themes, emphasis and alignment: seen, with contrast, and without marks in the text."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import lay_out
from firmware_py.board.look import NOTICE_LOOKS, THEMES, Look, contrast
from firmware_py.board.sdl import Colour
from firmware_py.core.messages import Align, Emphasis
from firmware_py.core.messages import Now as Order
from firmware_py.core.model import Bulletin, Kind
from firmware_py.core.settings import Screen, ThemeName
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.notices import notice, notice_item, picture, shares
from tests.board.samples import NOTICE

LED, HD = (384, 192), (1920, 1080)
NAMES: tuple[ThemeName, ...] = get_args(ThemeName)
EMPHASES: tuple[Emphasis, ...] = get_args(Emphasis)


def read(look: Look) -> list[tuple[Colour, Colour]]:
    """Return letters and grounds that meet."""
    return [
        (look.header_name, look.header_ground),
        (look.header_clock, look.header_ground),
        (look.header_date, look.header_ground),
        (look.title, look.ground),
        (look.body, look.ground),
        (look.ticker, look.ticker_ground),
        (look.warning, look.warning_ground),
    ]


@pytest.mark.parametrize("emphasis", EMPHASES)
@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_every_theme_has_contrast(name: ThemeName, emphasis: Emphasis) -> None:
    """Letters have 7:1 on every ground that they can stand on (WCAG 2.2, level AAA), the mark of the page 3:1."""
    for zone in (THEMES[name], THEMES[name].beside()):
        look = zone.emphasised(emphasis)
        assert min(contrast(*pair) for pair in read(look)) >= 7
        assert contrast(look.dot_now, look.ground) >= 3
        assert contrast(look.dot_now, look.dot) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_a_warning_stands_out_without_colours_too(name: ThemeName) -> None:
    """Its ground is much lighter or darker than the usual one, or its bars stand out on it."""
    look = THEMES[name]
    warning = look.emphasised("warning")
    assert warning.bar is not None
    assert contrast(warning.bar, warning.ground) >= 7
    assert name == "light" or contrast(warning.ground, look.ground) >= 7
    assert warning.ground != NOTICE_LOOKS["actual"].page.ground


@pytest.mark.parametrize("name", NAMES)
def test_a_board_has_the_colours_of_its_theme(chain: FontChain, name: ThemeName) -> None:
    """Header, text and ticker stand on the grounds of the theme that the config names; an alert is red in each."""
    bench, look = Bench(chain, LED, settings=Screen(theme=name)), THEMES[name]
    bench.order(Order("ticker", item(1, start_us=T, channel="ticker")))
    bench.order(Order("main", item(2, start_us=T)))
    found = shares(bench.frames.presented[-1])
    assert {look.header_ground, look.ground, look.ticker_ground, look.body, look.title} <= found.keys()
    bench.order(Order("main", notice_item(3, notice(), T)))
    assert shares(bench.frames.presented[-1])[NOTICE_LOOKS["actual"].page.ground] > 0.3


def test_emphasis_is_bold_or_a_warning(chain: FontChain) -> None:
    """Strong text has more ink in the same colours; a warning has its ground, and bars at both sides."""
    frames = {}
    for emphasis in EMPHASES:
        bench = Bench(chain, LED)
        bench.order(Order("main", item(1, start_us=T, title="", text="Bà con chú ý", emphasis=emphasis)))
        frames[emphasis] = bench.frames.presented[-1]
    look = THEMES["dark"]
    plain, strong = (shares(frames[name])[look.body] for name in ("none", "strong"))
    assert strong > 1.2 * plain
    main = lay_out(*LED, main=True, ticker=False).main
    warned = picture(frames["warning"], LED)
    assert shares(frames["warning"])[look.warning_ground] > 0.5
    for x in (main.x, main.right - 1):
        assert {warned.getpixel((x, y)) for y in range(main.y, main.bottom)} == {look.warning}


@pytest.mark.parametrize("size", [HD, LED, (160, 32)])
def test_lines_begin_where_they_are_told(chain: FontChain, size: tuple[int, int]) -> None:
    """At the left edge; in the middle each; or as a block in the middle, which begins between the two."""
    main = lay_out(*size, main=True, ticker=False)
    starts: dict[Align, list[int]] = {}
    for align in get_args(Align):
        bench = Bench(chain, size)
        bench.order(Order("main", item(1, start_us=T, title="", text="Họp\nHọp thôn", align=align)))
        scene = bench.show._scene
        assert scene is not None
        (page,) = scene.pages(T)
        starts[align] = [part.x for part in page.parts]
        middles = {round((part.x + part.surface.get_width() / 2 - size[0] / 2) / 2) for part in page.parts}
        assert (align == "center") == (middles == {0})
    assert starts["left"] == [main.text.x] * 2
    assert len(set(starts["auto"])) == 1
    assert starts["left"][0] < starts["auto"][0] == min(starts["center"])


@settings(max_examples=15)
@given(st.text(alphabet="*_#<b>/&\\`[]()", max_size=40))
def test_what_looks_like_markup_is_text(chain: FontChain, text: str) -> None:
    """No sign in a text makes letters bold, coloured or larger: signs are shown as they are."""
    bench = Bench(chain, (128, 64))
    bench.order(Order("main", item(1, start_us=T, title="Tin", text=f"a {text}")))
    look = THEMES["dark"]
    assert shares(bench.frames.presented[-1]).keys() <= {look.ground, look.body, look.title}


@pytest.mark.parametrize("field", [{"flow": "scroll"}, {"align": "left"}, {"emphasis": "strong"}])
def test_only_texts_have_them(field: dict[str, str]) -> None:
    """A picture that asks to be bold is a mistake of its author, and is named."""
    Bulletin("t", Kind.TEXT, text=NOTICE, duration_s=20, **field)  # type: ignore[arg-type]  # names are the fields
    with pytest.raises(ValueError, match="flow, align or emphasis"):
        Bulletin("i", Kind.IMAGE, duration_s=20, content=(), **field)  # type: ignore[arg-type]  # names are the fields
