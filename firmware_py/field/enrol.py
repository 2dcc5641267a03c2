"""`ttcs enrol DIR speaker|board --out BOXDIR`: a box of that province, ready to run."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmware_py.core.wire import read_area
from firmware_py.field import arguments as typed
from firmware_py.field.province.book import Book, Box
from firmware_py.field.province.boxes import equip
from firmware_py.field.province.place import SOURCE, Facts, Place

NAMES = {"speaker": "Cụm loa", "board": "Bảng tin"}
MAX_ID_LETTERS, MAX_NAME_LETTERS = 63, 120


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the province's directory, made by `ttcs source`")
    parser.add_argument("product", choices=("speaker", "board"), help="what the box is")
    parser.add_argument("--out", type=Path, required=True, metavar="BOXDIR", help="where to make the box's files")
    identifier = "letters, digits and . _ - (default: product and number)"
    parser.add_argument("--id", type=typed.by(read_id), default=None, metavar="ID", help=identifier)
    parser.add_argument("--name", type=typed.by(read_name), default=None, metavar="NAME", help="as people know it")
    area = "its chain of areas from the widest to its own, repeated (default: the province)"
    parser.add_argument("--area", action="append", type=typed.by(read_area), metavar="CODE", help=area)


def main(options: argparse.Namespace) -> int:
    """Make the files of a box; return 0."""
    place = Place(options.dir.resolve())
    facts = place.facts()
    identifier = options.id or _next_id(place, options.product)
    name = options.name or f"{NAMES[options.product]} {identifier}"
    box = Box(identifier, options.product, name, chain(facts, options.area or ()))
    config = equip(place, box, options.out)
    print(f"{box.id} ({box.name}), areas {' '.join(box.areas)}; run it with")
    print(f"  ttcs run {box.product} --config {config}")
    return 0


def read_id(text: str) -> str:
    """Return the id of a box; raise ValueError for one that a broker or certificate could take for something else."""
    plain = text.isascii() and text.replace("-", "").replace("_", "").replace(".", "").isalnum()
    if not plain or len(text) > MAX_ID_LETTERS or text == SOURCE or text.startswith((".", "-")):
        raise ValueError(
            f"{text[:80]!r} is no id of a box; use 1 to {MAX_ID_LETTERS} letters and digits, not {SOURCE!r}"
        )
    return text


def read_name(text: str) -> str:
    """Return the name of a box; raise ValueError for one that its config could not hold."""
    if not 1 <= len(text) <= MAX_NAME_LETTERS or not text.isprintable():
        raise ValueError(f"{text[:80]!r} is no name; use 1 to {MAX_NAME_LETTERS} letters")
    return text


def chain(facts: Facts, areas: tuple[str, ...]) -> tuple[str, ...]:
    """Return a chain of areas that begins with one of the province's, so that its alerts reach the box."""
    begins_here = areas and areas[0] in facts.areas
    return tuple(dict.fromkeys(areas if begins_here else (facts.areas[0], *areas)))


def _next_id(place: Place, product: str) -> str:
    with Book(place.book) as book:
        taken = {box.id for box in book.boxes()}
    number = 1
    while f"{product}-{number}" in taken:
        number += 1
    return f"{product}-{number}"
