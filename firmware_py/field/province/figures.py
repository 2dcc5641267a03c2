"""The figures that a province has said to an area: a document brings all of them, so the desk remembers the others."""

from __future__ import annotations

from firmware_py.core.envelope import read_envelope
from firmware_py.core.units import DAY, WallUs
from firmware_py.core.wire import Data, Figure, read_document
from firmware_py.field.province.post import Letter, Post

DATA_LASTS_US = 7 * DAY
"""As long as a box takes a document of figures; each figure has its own, shorter end."""


def data_with(post: Post, area: str, figure: Figure, version: int, now_us: WallUs) -> Data:
    """Return the figures of an area: this one, and those said before that are still good and have another name."""
    others = [each for each in _said(post, topic_of(area), now_us) if each.name != figure.name]
    kept = tuple(each for each in others if each.expires > now_us)
    return Data("ttcs-data/1", f"area:{area}", version, now_us, now_us + DATA_LASTS_US, (*kept, figure))


def topic_of(area: str) -> str:
    """Return the topic on which boards hear the figures of an area."""
    return f"ttcs/1/area/{area}/data"


def _said(post: Post, topic: str, now_us: WallUs) -> tuple[Figure, ...]:
    """Return what the newest document on a topic says; one that still waits to be carried is the newest."""
    letters: list[Letter] = [letter for letter in post.retained(now_us) if letter.topic == topic]
    letters += [letter for letter in post.waiting(0) if letter.topic == topic]
    if not letters:
        return ()
    document = read_document(Data, read_envelope(letters[-1].body).payload)
    return document.figures if isinstance(document, Data) else ()
