"""Texts with every letter that a board in Kon Tum must draw, picture files good and bad, and ways to look at pixels."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image

from firmware_py.board.layout import Box
from firmware_py.board.sdl import Colour, Surface

VIETNAMESE = "ẤẦẨẪẬ ẮẰẲẴẶ ƯỪỨỬỮỰ ỚỜỞỠỢ ẾỀỂỄỆ đĐ"
XO_DANG = "kuăn pơlê tơmâng rơ’jíu, tŏng kum ƀă ƀô̆ pơlê, ‘nâi, Ƀă, tĭng, lĕm tro, kơmâng, ếo"
BA_NA = "Dêh char Kon Tum: ư̆h kơ tŏ sĕt, tơ ƀơ̆p, lơ̆m, jê̆ jăn, kơ sô̆ 100%, ‘lơ̆ng, Ƀok"
GIA_RAI = "Tơring čar Kon Tum: Ƀơi plơi pla jê̆, mơ̆ng anô̆, dô̆ glăi; hĭ đĭ amĭ, ƀuh, Ñu añrăng; ư̆ ơ̆ ê̆ ô̆ ĕ ŏ ŭ"
CAPITALS = "Ê̆ Ô̆ Ơ̆ Ư̆ Ẵ Ẫ Ễ Ỵ Ặ Ợ"
LANGUAGES = (VIETNAMESE, XO_DANG, BA_NA, GIA_RAI, CAPITALS)
NOTICE = (
    "Ủy ban nhân dân xã thông báo lịch tiêm vắc xin phòng bệnh dại cho chó, mèo năm 2026: sáng thứ Ba, ngày 24/11 "
    "tại nhà rông thôn Kon Tu; chiều thứ Ba tại nhà văn hóa thôn Đăk Rao. Đề nghị bà con đưa vật nuôi đến đúng giờ."
)
SIZES = ((1920, 1080), (1080, 1920), (384, 192), (320, 160), (160, 32), (64, 32))


def ink(surface: Surface, box: Box, ground: Colour) -> Box:
    """Return the smallest box, in the surface's own columns and rows, around all that is not ground inside `box`."""
    part = surface.subsurface(box).copy()
    part.set_colorkey(ground)
    x, y, width, height = part.get_bounding_rect()
    return Box(box.x + x, box.y + y, width, height)


def inside(inner: Box, outer: Box) -> bool:
    """Return whether a box lies in another one."""
    beside = inner.x >= outer.x and inner.right <= outer.right
    return beside and inner.y >= outer.y and inner.bottom <= outer.bottom


def quarters(size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Return a picture whose quarters are red, green (above), blue and white (below)."""
    picture = Image.new("RGB", size, (255, 255, 255))
    half = (size[0] // 2, size[1] // 2)
    picture.paste((255, 0, 0), (0, 0, *half))
    picture.paste((0, 255, 0), (half[0], 0, size[0], half[1]))
    picture.paste((0, 0, 255), (0, half[1], half[0], size[1]))
    return picture


def write_bomb(path: Path, width: int, height: int) -> None:
    """Write a small PNG of one bit a pixel that asks for a huge picture."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def write_pdf(path: Path, pages: list[tuple[int, int, str]], *, catalogue: str = "", trailer: str = "") -> None:
    """Write a document: of each page width and height in points and what is drawn on it, in the language of PDF."""
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>"]
    objects.append(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>")
    font = "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for n, (width, height, drawn) in enumerate(pages):
        box = f"/MediaBox [0 0 {width} {height}] /Contents {4 + 2 * n} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Resources {font} >>")
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(body)}\n%%EOF\n"
    path.write_bytes(body + end.encode("ascii"))


def band(grey: float, width: int, top: int, bottom: int) -> str:
    """Return the drawing of a band over the whole width of a page, from one height above the lower edge to another."""
    return f"{grey} g 0 {bottom} {width} {top - bottom} re f\n"
