"""The board looks as it should; and a picture that lacks a line, a colour, a letter or its place does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from tests.board.golden import CASES, FOLDER, MOST, Case, difference, golden, picture_of

Change = Callable[[Image.Image], Image.Image]
LETTERED = ("board-1920x1080", "board-384x192", "light-1080x1920", "warning-384x192", "strip-160x32")


@pytest.mark.parametrize("name", CASES)
def test_it_looks_as_it_should(name: str) -> None:
    """Each important picture is the one that people have looked at (`python -m tests.board.golden` renews them)."""
    assert difference(picture_of(CASES[name]), golden(name)) <= MOST


def test_the_pictures_are_small() -> None:
    """All of them together stay below 300 KB, and none is left over."""
    files = {path.stem: path.stat().st_size for path in FOLDER.iterdir()}
    assert files.keys() == CASES.keys()
    assert sum(files.values()) < 300_000


SOFTER: dict[str, Change] = {
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(0.35)),
    "pixel": lambda image: ImageChops.offset(image, 1, 0),
    "light": lambda image: ImageEnhance.Brightness(image).enhance(0.97),
}


@pytest.mark.parametrize("change", SOFTER.values(), ids=SOFTER)
@pytest.mark.parametrize("name", ["board-1920x1080", "board-384x192", "alert-1920x1080"])
def test_another_renderer_is_no_fault(name: str, change: Change) -> None:
    """Letters a little softer, or a pixel beside, are the same picture."""
    assert difference(change(golden(name)), golden(name)) <= MOST


def with_text(case: Case, change: Callable[[str], str]) -> Case:
    """Return a case with another text in its main zone."""
    main = case.items["main"]
    return case._replace(items={**case.items, "main": replace(main, text=change(main.text))})


@pytest.mark.parametrize("name", LETTERED)
def test_one_letter_without_a_font_is_seen(name: str) -> None:
    """A single letter that comes out as the sign for a missing one makes it another picture."""
    text = CASES[name].items["main"].text
    place = next(n for n in range(4, len(text)) if text[n].isalpha() and text[n] not in "il" and text[n].islower())
    changed = with_text(CASES[name], lambda text: text[:place] + "\ue000" + text[place + 1 :])
    assert difference(picture_of(changed), golden(name)) > MOST


@pytest.mark.parametrize("name", ["board-384x192", "board-1920x1080", "light-1080x1920"])
def test_a_missing_word_is_seen(name: str) -> None:
    """A text that lost one word is another picture."""
    changed = with_text(CASES[name], lambda text: " ".join(text.split(" ")[:-1]))
    assert difference(picture_of(changed), golden(name)) > MOST


@pytest.mark.parametrize("name", CASES)
def test_a_missing_line_is_seen(name: str) -> None:
    """The row of letters with the most edges, covered with its ground, makes it another picture."""
    image = golden(name)
    y = max(range(image.height), key=lambda y: sum(one != other for one, other in pairwise(row_of(image, y))))
    line = image.crop((0, max(0, y - 6), image.width, y + 6))
    ground = Counter(row_of(image, y)).most_common(1)[0][0]
    image.paste(tuple(ground), (0, max(0, y - 6), line.width, y + 6))
    assert difference(image, golden(name)) > MOST


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_colour_and_a_shifted_zone_are_seen(name: str) -> None:
    """Another theme's ground, red and blue exchanged, or everything three pixels lower: each is another picture."""
    image = golden(name)
    red, green, blue = image.split()
    assert difference(Image.merge("RGB", (blue, green, red)), image) > MOST
    assert difference(ImageChops.offset(image, 0, 3), image) > MOST
    ground = Image.new("RGB", image.size, (60, 60, 60))
    assert difference(ImageChops.lighter(image, ground), image) > MOST


def row_of(image: Image.Image, y: int) -> list[bytes]:
    """Return the pixels of a row."""
    raw = image.crop((0, y, image.width, y + 1)).tobytes()
    return [raw[n : n + 3] for n in range(0, len(raw), 3)]
