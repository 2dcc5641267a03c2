"""Good sound files made bad: cut, bent, mislabelled, lying about their length, or no sound at all.

Each comes from a file of `samples.py` by one damage; what is random about it comes from the file's name, so that a
file that does harm can be made again.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.speaker.samples import FORMATS, ffmpeg

Damage = Callable[[bytes, random.Random], bytes]
COVER_BYTES = 50_000_000
WRONG_SUFFIX = {".mp3": ".flac", ".m4a": ".mp3", ".aac": ".wav", ".opus": ".m4a", ".ogg": ".aac", ".flac": ".opus"}


def _cut(share: float) -> Damage:
    return lambda raw, _: raw[: int(len(raw) * share)]


def _bent(begin: float, end: float, every: int) -> Damage:
    """Turn one bit of every so many bytes around, in a part of the file."""

    def bend(raw: bytes, chance: random.Random) -> bytes:
        bent = bytearray(raw)
        first, last = int(len(raw) * begin), max(int(len(raw) * end), 64)
        for _ in range(max(1, (last - first) // every)):
            bent[chance.randrange(first, min(last, len(raw)))] ^= 1 << chance.randrange(8)
        return bytes(bent)

    return bend


def _filled(begin: float, end: float, value: int) -> Damage:
    return lambda raw, _: (
        raw[: int(len(raw) * begin)] + bytes([value]) * int(len(raw) * (end - begin)) + raw[int(len(raw) * end) :]
    )


def _left_out(raw: bytes, chance: random.Random) -> bytes:
    """Leave pieces out of the middle, of lengths that fit no packet."""
    place = chance.randrange(len(raw) // 4, len(raw) // 2)
    return raw[:place] + raw[place + chance.randrange(100, 3_000) :]


def _repeated(raw: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(raw) // 2)
    return raw[: place + 2_000] + raw[place:]


DAMAGES: dict[str, Damage] = {
    "cut at a tenth": _cut(0.1),
    "cut in half": _cut(0.5),
    "cut near the end": _cut(0.97),
    "header alone": lambda raw, _: raw[:64],
    "bent header": _bent(0, 0, 8),
    "bent all over": _bent(0, 1, 1_000),
    "bent body": _bent(0.2, 1, 100),
    "hole of zeros": _filled(0.3, 0.6, 0),
    "hole of ones": _filled(0.3, 0.6, 255),
    "lengths of ones": lambda raw, _: raw[:4] + b"\xff" * 8 + raw[12:],
    "rubbish before": lambda raw, chance: chance.randbytes(5_000) + raw,
    "rubbish behind": lambda raw, chance: raw + chance.randbytes(5_000),
    "piece left out": _left_out,
    "piece repeated": _repeated,
    "rubbish alone": lambda raw, chance: raw[:16] + chance.randbytes(len(raw)),
}


def damaged(media: Path, into: Path) -> Iterator[Path]:
    """Write every format with every damage, one by one; return each path as it is there."""
    for name in FORMATS:
        good = media / name
        for what, damage in DAMAGES.items():
            yield _written(into, f"{what} - {name}", damage(good.read_bytes(), random.Random(f"{what} {name}")))
        suffix = WRONG_SUFFIX.get(good.suffix, ".mp3")
        yield _written(into, f"is {name}{suffix}", good.read_bytes())


def peculiar(media: Path, into: Path) -> Iterator[Path]:
    """Write files that are strange in a way of their own."""
    mp3, wav = (media / "vbr.mp3").read_bytes(), (media / "pcm16.wav").read_bytes()
    size = wav.index(b"data") + 4
    yield _written(into, "empty.mp3", b"")
    yield _written(into, "one byte.wav", b"R")
    yield _written(into, "page.mp3", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n" * 50)
    yield _written(into, "list.mp3", b"#EXTM3U\n#EXTINF:-1,x\nhttp://127.0.0.1:9/x.mp3\nfile:///etc/hostname\n")
    yield _written(into, "list.wav", b"[playlist]\nFile1=http://127.0.0.1:9/x.mp3\nNumberOfEntries=1\n")
    yield _written(into, "picture.mp3", b"\x89PNG\r\n\x1a\n" + bytes(3_000))
    yield _written(into, "endless frames.mp3", _xing(mp3, 0xFFFF_FFFF))
    yield _written(into, "no frames.mp3", _xing(mp3, 0))
    yield _written(into, "endless tag.mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + mp3)
    yield _written(into, "cover.mp3", _with_cover(mp3))
    yield _written(into, "endless data.wav", wav[:size] + b"\xff" * 4 + wav[size + 4 :])
    yield _written(into, "no data.wav", wav[:size] + bytes(4) + wav[size + 4 :])
    yield _written(into, "no rate.wav", wav[:24] + struct.pack("<I", 0) + wav[28:])
    yield _written(into, "rate of ones.wav", wav[:24] + struct.pack("<I", 0xFFFF_FFFF) + wav[28:])
    yield _written(into, "no channels.wav", wav[:22] + struct.pack("<H", 0) + wav[24:])
    yield _written(into, "many channels.wav", wav[:22] + struct.pack("<H", 65_535) + wav[24:])
    yield from _unusual(into)


def _unusual(into: Path) -> Iterator[Path]:
    """Write sound that is whole, and rare: high rates, many channels, hardly any length, other codecs."""
    tone = "aevalsrc='0.3*sin(2*PI*440*t)':s={rate}:d={seconds}"
    wanted = {
        "192 kHz.wav": ("192000", "1", "-c:a pcm_s24le"),
        "192 kHz.flac": ("192000", "1", ""),
        "7.1.flac": ("48000", "1", "-af pan=7.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0"),
        "7.1.wav": ("48000", "1", "-af pan=7.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0"),
        "5.1.m4a": ("48000", "1", "-af pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"),
        "a moment.mp3": ("48000", "0.01", ""),
        "a moment.opus": ("48000", "0.001", ""),
        "a moment.flac": ("48000", "0.0001", ""),
        "double.wav": ("48000", "1", "-c:a pcm_f64le"),
        "adpcm.wav": ("44100", "1", "-c:a adpcm_ms"),
        "lossless.m4a": ("48000", "1", "-c:a alac"),
        "old.wma": ("44100", "1", ""),
        "tone.ac3": ("48000", "1", ""),
        "tone.aiff": ("48000", "1", ""),
        "tone.mka": ("48000", "1", "-c:a libopus"),
    }
    for name, (rate, seconds, options) in wanted.items():
        path = into / name
        ffmpeg("-f", "lavfi", "-i", tone.format(rate=rate, seconds=seconds), *options.split(), str(path))
        yield path


def _xing(mp3: bytes, frames: int) -> bytes:
    """Return an MP3 of variable rate whose header tells another number of frames."""
    place = mp3.index(b"Xing") + 8
    return mp3[:place] + struct.pack(">I", frames) + mp3[place + 4 :]


def _with_cover(mp3: bytes) -> bytes:
    """Return an MP3 with a picture of 50 MB in its ID3v2.3 tag."""
    picture = b"\x00image/jpeg\x00\x03\x00" + b"\xff\xd8\xff" + bytes(COVER_BYTES)
    frame = b"APIC" + struct.pack(">I", len(picture)) + b"\x00\x00" + picture
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame + mp3


def _written(into: Path, name: str, raw: bytes) -> Path:
    path = into / name
    path.write_bytes(raw)
    return path
