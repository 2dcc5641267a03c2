"""Picture files to RGB pixels of a given size, whatever is wrong with the file.

Only this, `animation` and `profile` know Pillow. It runs in a child process under a memory limit (`decode`, `probe`),
never where the board is drawn: a picture of a few kilobytes can ask for gigabytes, and a decoder may crash. Size and
format are judged by the header, before anything is decoded.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from firmware_py.board.profile import to_screen
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Fit

MAX_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

_SIGNATURES = (
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG or XML"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS", "Photoshop"),
)
"""Beginnings of formats that are pictures, but none that we show."""

_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_GROUND = (8, 24, 52)


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture file says of itself; width and height as people see it, turned by its EXIF mark."""

    width: int
    height: int
    format: str


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture as RGB, three bytes a pixel, row by row."""

    width: int
    height: int
    rgb: bytes


def load(path: str, width_px: int, height_px: int, fit: Fit) -> tuple[Header, Pixels]:
    """Return a picture scaled into a size (`contain`) or filling it (`cover`, cut around the middle).

    Raises `Unplayable` as `opened` does. Of an animation the first frame is taken; what is transparent shows the
    board's ground.
    """
    with opened(path) as image:
        header = header_of(image)
        return header, _scaled(image, header, width_px, height_px, fit)


@contextmanager
def opened(path: str) -> Iterator[Image.Image]:
    """Give a picture that is known by its header alone, so far.

    Raises `Unplayable` when the file is empty, broken, too large, or of a format that is not shown, at once or while
    the picture is used.
    """
    name = Path(path).name
    try:
        with warnings.catch_warnings(action="ignore"), _judged(path) as image:
            yield image
    except Image.DecompressionBombError as error:
        raise _too_large(path, "too many pixels") from error
    except MemoryError as error:
        raise _too_large(path, "needs more memory than there is") from error
    except FileNotFoundError as error:
        raise Unplayable(Code.CONTENT_MISSING, f"{path}: there is no such file; copy it anew") from error
    except UnidentifiedImageError as error:
        raise _unknown(path, name) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unplayable(Code.CONTENT_UNREADABLE, f"{name}: {error}; save the picture anew") from error


def _judged(path: str) -> Image.Image:
    """Open a file by its header and judge that."""
    beginning = _beginning(path)
    if not beginning:
        raise Unplayable(Code.CONTENT_EMPTY, f"{Path(path).name}: the file is empty; copy it anew")
    # WebP allocates the whole picture when it is opened, so there Pillow must judge: it refuses twice this number.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2 if beginning[8:12] == b"WEBP" else None
    image = Image.open(path, formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(path, f"{image.width}×{image.height} = {image.width * image.height / 1e6:.1f} megapixels")
    return image


def _beginning(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(12)


def _too_large(path: str, size: str) -> Unplayable:
    limit = f"at most {MAX_PIXELS // 1_000_000} megapixels are shown"
    return Unplayable(Code.CONTENT_TOO_LARGE, f"{Path(path).name}: {size}, {limit}; make it smaller")


def _unknown(path: str, name: str) -> Unplayable:
    """Return the error for a file that is none of our formats."""
    beginning = _beginning(path)
    known = ", ".join(FORMATS)
    for signature, kind in _SIGNATURES:
        if beginning.startswith(signature):
            return Unplayable(Code.CONTENT_UNSUPPORTED, f"{name}: {kind} is not shown; save it as one of {known}")
    if beginning[4:8] == b"ftyp":
        return Unplayable(Code.CONTENT_UNSUPPORTED, f"{name}: HEIC, AVIF or video is not shown; save it as JPEG")
    return Unplayable(Code.CONTENT_UNREADABLE, f"{name}: not a picture that can be read ({known}); save it anew")


def header_of(image: Image.Image) -> Header:
    """Return what a picture says of itself."""
    width, height = image.size
    if image.getexif().get(_ORIENTATION) in _TURNED:
        width, height = height, width
    return Header(width, height, image.format or "")


def _scaled(image: Image.Image, header: Header, width_px: int, height_px: int, fit: Fit) -> Pixels:
    """Decode, turn and scale. The picture is made small before its colours are converted, which saves memory."""
    scale = scale_to((header.width, header.height), (width_px, height_px), fit)
    needed = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image.draft("RGB", needed)
    image.load()
    upright = ImageOps.exif_transpose(_reduced(image, needed))
    size = (min(width_px, max(1, round(header.width * scale))), min(height_px, max(1, round(header.height * scale))))
    rgb = flat(to_screen(upright))
    fitted = ImageOps.fit(rgb, (width_px, height_px), _FILTER) if fit == "cover" else rgb.resize(size, _FILTER)
    return Pixels(fitted.width, fitted.height, fitted.tobytes())


_FILTER = Image.Resampling.LANCZOS


def scale_to(size: tuple[int, int], zone: tuple[int, int], fit: Fit) -> float:
    """Return by how much a picture is enlarged (more than 1) or made smaller."""
    scales = (zone[0] / size[0], zone[1] / size[1])
    return max(scales) if fit == "cover" else min(scales)


def _reduced(image: Image.Image, needed: tuple[int, int]) -> Image.Image:
    """Return the picture at about twice the needed size, by whole steps, if it is much larger; palettes stay."""
    factor = min(image.width // (2 * needed[0]), image.height // (2 * needed[1]))
    if factor < 2 or image.mode in {"P", "1", *_DEEP}:
        return image
    reduced = image.reduce(factor)
    reduced.info = image.info
    return reduced


def flat(image: Image.Image) -> Image.Image:
    """Return any kind of picture as RGB on the board's ground."""
    if image.mode in _DEEP:
        image = _eight_bits(image)
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        over = image.convert("RGBA")
        ground = Image.new("RGBA", over.size, _GROUND)
        return Image.alpha_composite(ground, over).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of 16 bits a pixel as grey of 8: `convert` alone would cut all light parts to white."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
