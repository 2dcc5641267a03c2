"""A programme in which everything comes that a board can show, each in a way that nothing else looks like.

A cycle of main items goes round, whatever the hour: text in four languages, a text of several pages, a picture, an
animation, a notice of several pages in PDF, a film whose frames are numbered, and a picture on the whole panel. A side
zone goes round beside it, and a line runs below. What is on air at an instant follows from the instant alone.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmarks.boards import box, films
from firmware_py.board.layout import Box, Layout, lay_out
from firmware_py.core.messages import Item, NoticeText
from firmware_py.core.settings import LayoutName
from firmware_py.core.units import MS, SECOND, DurationUs, WallUs
from tests.board.samples import BA_NA, GIA_RAI, NOTICE, XO_DANG, band, write_pdf

FILM, WHOLE = "film", "whole"
"""The items that are no still pictures, or that leave no room for the side zone and the line."""

PAGE_S = 3.0
GIF_FRAME_MS, GIF_COLOURS = 200, ((250, 60, 0), (0, 220, 90), (90, 0, 250), (240, 240, 0))
_TICKER = "Sáng thứ Ba tiêm phòng dại cho chó, mèo tại nhà rông thôn Kon Tu. Bà con đưa vật nuôi đến đúng giờ. "
_LANGUAGES = (("bdq", BA_NA), ("sed", XO_DANG), ("jra", GIA_RAI))
_A4 = (595, 842)


class Part(NamedTuple):
    """A bulletin, how long it lasts, and the step in which its looks change, if they do."""

    bulletin: box.Json
    duration_us: DurationUs
    step_us: DurationUs

    @property
    def name(self) -> str:
        """The bulletin's name."""
        return str(self.bulletin["id"])


class Due(NamedTuple):
    """The part that is on air at an instant, and since when."""

    part: Part
    start_us: WallUs


@dataclass(frozen=True, slots=True)
class Round:
    """Parts that follow one another without end, from the epoch on."""

    parts: tuple[Part, ...]

    def at(self, wall_us: WallUs) -> Due:
        """Return what is on air at an instant."""
        ends = list(accumulate(part.duration_us for part in self.parts))
        passed_us = wall_us % ends[-1]
        index = bisect_right(ends, passed_us)
        return Due(self.parts[index], wall_us - passed_us + ends[index] - self.parts[index].duration_us)


@dataclass(frozen=True, slots=True)
class Programme:
    """What is shown on a panel: the round of each zone, the line, and where the zones are."""

    size: tuple[int, int]
    film_px: tuple[int, int]
    main: Round
    side: Round
    ticker: Part

    @property
    def layout(self) -> Layout:
        """Where things stand unless an item has the panel to itself."""
        return lay_out(*self.size, main=True, ticker=True, side=True)

    @property
    def film(self) -> Box:
        """Where the film stands."""
        return films.place_of(self.film_px, self.layout.main)

    @property
    def document(self) -> box.Json:
        """The schedule."""
        rounds = {"main": self.main.parts, "side": self.side.parts, "ticker": (self.ticker,)}
        bulletins = [part.bulletin for parts in rounds.values() for part in parts]
        return box.document(bulletins, [box.always(zone, *(p.bulletin for p in ps)) for zone, ps in rounds.items()])


def make(folder: Path, size: tuple[int, int], film_px: tuple[int, int], film_s: int = 10) -> Programme:
    """Write the media of a programme into a folder; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    films.make_film(folder / "film.mp4", film_px, film_s * films.RATE_HZ)
    _write_media(folder)
    languages = [{"language": tag, "title": f"Tin {tag}", "text": words} for tag, words in _LANGUAGES]
    words = box.text("words", "Chiều nay trời có mưa to.", 12, title="Tin", translations=languages)
    main = (
        _still(words, SECOND),
        _still(box.text("pages", NOTICE * 2, 9, title="Thông báo tiêm phòng"), SECOND),
        _still(box.file("picture", "picture.png", 5, title="Ảnh"), 5 * SECOND),
        _still(box.file("animation", "animation.gif", 6, title="Ảnh động"), GIF_FRAME_MS * MS),
        _still(box.file("notice", "notice.pdf", 18, title="Văn bản"), SECOND),
        Part(box.film(FILM, "film.mp4") | {"title": "Phim"}, film_s * SECOND, 0),
        _still(box.file(WHOLE, "whole.jpg", 4, title="Ảnh lớn", fit="cover", layout="full"), 4 * SECOND),
    )
    side = (
        _still(box.file("green", "green.png", 7, title="Xanh", fit="cover"), 7 * SECOND),
        _still(box.text("beside", "Trạm y tế: 112", 5, title="Gọi"), SECOND),
        _still(box.file("violet", "violet.png", 7, title="Tím", fit="cover"), 7 * SECOND),
    )
    ticker = _still(box.text("line", _TICKER, 3600, title="Tin chạy"), 0)
    return Programme(size, film_px, Round(main), Round(side), ticker)


def item_of(due: Due, channel: str, folder: Path) -> Item:
    """Return what the board is told to show."""
    bulletin = due.part.bulletin
    path = str(folder / bulletin["content"][0]["path"]) if "content" in bulletin else ""
    layout: LayoutName = bulletin.get("layout", "auto")
    return Item(
        no=1,
        channel=channel,
        bulletin_id=due.part.name,
        kind=bulletin["kind"],
        title=bulletin["title"],
        start_us=due.start_us,
        start_mono_us=0,
        duration_us=due.part.duration_us,
        path=path,
        text=bulletin.get("text", ""),
        translations=tuple(NoticeText(**each) for each in bulletin.get("translations", ())),
        fit=bulletin.get("fit", "contain"),
        layout=layout,
    )


def _still(bulletin: box.Json, step_us: DurationUs) -> Part:
    """Return a part that lasts as long as its bulletin says."""
    return Part(bulletin, round(bulletin["duration_s"] * SECOND), step_us)


def _write_media(folder: Path) -> None:
    """Write pictures, the animation and the document."""
    Image.new("RGB", (1200, 800), (200, 60, 20)).save(folder / "picture.png")
    Image.new("RGB", (640, 480), (20, 160, 60)).save(folder / "green.png")
    Image.new("RGB", (640, 480), (120, 40, 180)).save(folder / "violet.png")
    Image.new("RGB", (1600, 900), (250, 180, 40)).save(folder / "whole.jpg", quality=90)
    frames = [Image.new("RGB", (320, 240), colour) for colour in GIF_COLOURS]
    # Marks that differ keep the writer from joining frames.
    for number, frame in enumerate(frames):
        frame.paste((255, 255, 255), (40 * number, 40, 40 * number + 30, 70))
    frames[0].save(folder / "animation.gif", save_all=True, append_images=frames[1:], duration=GIF_FRAME_MS, loop=0)
    pages = [(*_A4, band(0.2 + 0.2 * number, _A4[0], 700 - 150 * number, 600 - 150 * number)) for number in range(3)]
    write_pdf(folder / "notice.pdf", pages)
