"""The demo's poster (áp phích): forest fire prevention in the dry season, 1600×900 pixels, drawn with Pillow.

All measures are in pixels of the finished poster; it is drawn `OVER` times larger and reduced, which smooths edges.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH_PX, HEIGHT_PX, OVER = 1600, 900, 3
BAND_TOP_PX = 672
SIGN = (1252, 322)
FONT = "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"

SKY_TOP, SKY_LOW = (255, 248, 228), (246, 190, 104)
SUN = (255, 236, 184)
HILLS = ((214, 156, 84), (150, 134, 74), (84, 112, 72))
PINES_BACK, PINES_FRONT, BAND = (38, 84, 58), (17, 56, 42), (12, 46, 34)
INK, RED, WHITE, YELLOW = (14, 50, 37), (188, 28, 34), (255, 255, 255), (255, 214, 82)
FLAME_OUTER, FLAME_INNER = (240, 112, 24), (255, 206, 72)

# Outlines of flames of height 1, foot at the origin, x to the right, y upwards: cubic Bézier pieces.
TONGUE = (
    ((0.00, 0.00), (0.26, 0.00), (0.37, 0.17), (0.36, 0.34)),
    ((0.36, 0.34), (0.35, 0.46), (0.27, 0.52), (0.25, 0.63)),
    ((0.25, 0.63), (0.18, 0.58), (0.17, 0.52), (0.17, 0.47)),
    ((0.17, 0.47), (0.12, 0.62), (0.13, 0.82), (-0.03, 1.00)),
    ((-0.03, 1.00), (-0.02, 0.82), (-0.12, 0.72), (-0.19, 0.60)),
    ((-0.19, 0.60), (-0.24, 0.51), (-0.36, 0.44), (-0.36, 0.28)),
    ((-0.36, 0.28), (-0.36, 0.12), (-0.22, 0.00), (0.00, 0.00)),
)
DROP = (
    ((0.00, 0.00), (0.30, 0.00), (0.42, 0.20), (0.36, 0.40)),
    ((0.36, 0.40), (0.30, 0.60), (0.04, 0.72), (0.00, 1.00)),
    ((0.00, 1.00), (-0.04, 0.72), (-0.30, 0.60), (-0.36, 0.40)),
    ((-0.36, 0.40), (-0.42, 0.20), (-0.30, 0.00), (0.00, 0.00)),
)
Point = tuple[float, float]
Colour = tuple[int, int, int]
Outline = Sequence[Sequence[Point]]


def draw(target: Path) -> None:
    """Draw the poster and save it as a JPEG."""
    picture = _sky()
    pen = ImageDraw.Draw(picture)
    _disc(pen, SIGN, 292, SUN)
    _landscape(pen)
    _sign(pen, SIGN, 226)
    _words(pen)
    small = picture.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS)
    small.save(target, quality=80, subsampling="4:2:0", optimize=True)


def _sky() -> Image.Image:
    column = Image.new("RGB", (1, BAND_TOP_PX))
    for y in range(BAND_TOP_PX):
        share = y / BAND_TOP_PX
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(SKY_TOP, SKY_LOW, strict=True)))
    picture = Image.new("RGB", (WIDTH_PX * OVER, HEIGHT_PX * OVER), BAND)
    picture.paste(column.resize((WIDTH_PX * OVER, BAND_TOP_PX * OVER)), (0, 0))
    return picture


def _polygon(pen: ImageDraw.ImageDraw, points: Sequence[Point], colour: Colour) -> None:
    pen.polygon([(x * OVER, y * OVER) for x, y in points], fill=colour)


def _disc(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: Colour) -> None:
    pen.circle((centre[0] * OVER, centre[1] * OVER), radius * OVER, fill=colour)


def _landscape(pen: ImageDraw.ImageDraw) -> None:
    for number, colour in enumerate(HILLS):
        _hills(pen, 548 + 40 * number, 60 - 14 * number, 1.9 * number, colour)
    chance = random.Random(114)  # noqa: S311 - a drawing that comes out the same each time
    _pines(pen, chance, (78, 128), PINES_BACK)
    _pines(pen, chance, (44, 84), PINES_FRONT)
    _polygon(pen, ((0, BAND_TOP_PX), (WIDTH_PX, BAND_TOP_PX), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)), BAND)


def _hills(pen: ImageDraw.ImageDraw, level: float, height: float, phase: float, colour: Colour) -> None:
    ridge = [
        (x, level - height * (math.sin(x / 260 + phase) * 0.6 + math.sin(x / 117 + 2.3 * phase) * 0.3))
        for x in range(0, WIDTH_PX + 1, 4)
    ]
    _polygon(pen, [(0, BAND_TOP_PX), *ridge, (WIDTH_PX, BAND_TOP_PX)], colour)


def _pines(pen: ImageDraw.ImageDraw, chance: random.Random, heights: tuple[int, int], colour: Colour) -> None:
    x = -10.0
    while x < WIDTH_PX + 20:
        height = chance.uniform(*heights)
        _pine(pen, x, height, colour)
        x += height * chance.uniform(0.26, 0.5)


def _pine(pen: ImageDraw.ImageDraw, x: float, height: float, colour: Colour) -> None:
    foot = BAND_TOP_PX + 14
    _polygon(pen, ((x - 3, foot), (x - 3, foot - height / 2), (x + 3, foot - height / 2), (x + 3, foot)), colour)
    for tier in range(4):
        top = foot - height * (1 - 0.2 * tier)
        half, low = height * (0.1 + 0.055 * tier), top + height * 0.3
        _polygon(pen, ((x, top), (x + half, low), (x, low - height * 0.04), (x - half, low)), colour)


def _sign(pen: ImageDraw.ImageDraw, centre: Point, radius: float) -> None:
    """Draw a prohibition sign: flame on white, red ring and bar."""
    x, y = centre
    _disc(pen, centre, radius + 10, WHITE)
    _disc(pen, centre, radius, RED)
    _disc(pen, centre, radius * 0.82, WHITE)
    _flame(pen, (x, y + radius * 0.62), radius * 1.28, TONGUE, FLAME_OUTER)
    _flame(pen, (x - radius * 0.06, y + radius * 0.56), radius * 0.62, DROP, FLAME_INNER)
    reach, half = radius * 0.64, radius * 0.11
    corners = ((-reach, half - reach), (-reach, -reach - half), (reach, reach - half), (reach, reach + half))
    _polygon(pen, [(x + right, y + down) for right, down in corners], RED)


def _flame(pen: ImageDraw.ImageDraw, foot: Point, height: float, outline: Outline, colour: Colour) -> None:
    points = [_bezier(piece, step / 24) for piece in outline for step in range(24)]
    _polygon(pen, [(foot[0] + x * height, foot[1] - y * height) for x, y in points], colour)


def _bezier(piece: Sequence[Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (
        sum(w * p[0] for w, p in zip(weights, piece, strict=True)),
        sum(w * p[1] for w, p in zip(weights, piece, strict=True)),
    )


def _words(pen: ImageDraw.ImageDraw) -> None:
    _text(pen, (80, 180), "PHÒNG CHỐNG", 104, INK)
    _text(pen, (80, 336), "CHÁY RỪNG", 140, RED)
    _text(pen, (80, 466), "MÙA KHÔ", 104, INK)
    _text(pen, (80, 772), "Không đốt nương", 50, WHITE)
    _text(pen, (80, 846), "Không mang lửa vào rừng", 50, WHITE)
    _polygon(pen, ((792, 724), (796, 724), (796, 860), (792, 860)), PINES_BACK)
    _text(pen, (1116, 772), "Thấy cháy,", 50, WHITE, "rs")
    _text(pen, (1116, 846), "gọi ngay", 50, WHITE, "rs")
    _text(pen, (1530, 851), "114", 200, YELLOW, "rs")


def _text(pen: ImageDraw.ImageDraw, at: Point, words: str, size: int, colour: Colour, anchor: str = "ls") -> None:
    font = ImageFont.truetype(FONT, size * OVER)
    pen.text((at[0] * OVER, at[1] * OVER), words, font=font, fill=colour, anchor=anchor)
