"""Video files opened and judged by what they say of themselves. With `frames`, `track`, `survey`: all that knows PyAV.

Only plain files are read: a container that names other files or addresses gets none of them. What has no need to be
read (playlists, capture devices, hundreds of rare codecs) is no way in for a file that was made to do harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import av.logging
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.units import SECOND, DurationUs

LARGEST_PX = (4096, 2304)
_MOST_PIXELS = LARGEST_PX[0] * LARGEST_PX[1]
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg",
    "max_streams": "32",
}
_CODECS = frozenset(
    """h264 hevc vp8 vp9 av1 libdav1d mpeg1video mpeg2video mpeg4 msmpeg4 msmpeg4v2 h263 flv wmv2 wmv3 vc1 mjpeg
    theora""".split()  # noqa: SIM905 - a paragraph is easier to read than a column
)
_REMEDY = "save it as MP4 with H.264"

av.logging.set_level(None)


@dataclass(frozen=True, slots=True)
class Opened:
    """A film and its moving picture; `origin_us` is the time in the file at which that begins."""

    name: str
    container: InputContainer
    stream: VideoStream
    origin_us: DurationUs
    frame_us: DurationUs

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height as they are coded."""
        return self.stream.codec_context.width, self.stream.codec_context.height


@contextmanager
def opened(path: str) -> Iterator[Opened]:
    """Give a film that is known by what it says of itself; raise `Unplayable`, at once or while it is used."""
    name = Path(path).name
    # Titles in the coding of an old font are no reason to refuse a film.
    with _named(path, name), av.open(path, container_options=_OPTIONS, metadata_errors="replace") as container:
        stream = _picture_of(container, name)
        _judge(stream, name)
        origin_us = round((stream.start_time or 0) * (stream.time_base or 0) * SECOND)
        rate = stream.average_rate or stream.guessed_rate or 25
        yield Opened(name, container, stream, origin_us, round(SECOND / rate))


@contextmanager
def _named(path: str, name: str) -> Iterator[None]:
    """Say of an error of the library which file it is, and how to mend it."""
    try:
        yield
    except FileNotFoundError as error:
        raise Unplayable(Code.CONTENT_MISSING, f"{path}: there is no such file; copy it anew") from error
    except MemoryError as error:
        what = f"{name}: needs more memory than there is; make the picture smaller, or {_REMEDY}"
        raise Unplayable(Code.CONTENT_TOO_LARGE, what) from error
    except av.error.FFmpegError as error:
        empty = Path(path).stat().st_size == 0
        if empty:
            raise Unplayable(Code.CONTENT_EMPTY, f"{name}: the file is empty; copy it anew") from error
        what = f"{name}: not a video that can be read ({error.strerror}); {_REMEDY}"
        raise Unplayable(Code.CONTENT_UNREADABLE, what) from error


def _picture_of(container: InputContainer, name: str) -> VideoStream:
    """Return the moving picture of a file; the cover of a record is none."""
    streams = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    if not streams:
        raise Unplayable(Code.CONTENT_UNSUPPORTED, f"{name}: has no moving picture; announce it as audio")
    return streams[0]


def _judge(stream: VideoStream, name: str) -> None:
    """Refuse what is not shown, before anything is decoded."""
    # A stream in a codec that the library does not know has no context, whatever its types say.
    context: Any = getattr(stream, "codec_context", None)
    if context is None or context.codec.name not in _CODECS:
        codec = "an unknown codec" if context is None else context.codec.name
        raise Unplayable(Code.CONTENT_UNSUPPORTED, f"{name}: video in {codec} is not shown; {_REMEDY}")
    width, height = context.width, context.height
    if not (width and height):
        raise Unplayable(Code.CONTENT_UNREADABLE, f"{name}: does not say how large its picture is; {_REMEDY}")
    if max(width, height) > LARGEST_PX[0] or width * height > _MOST_PIXELS:
        limit = f"at most {LARGEST_PX[0]}×{LARGEST_PX[1]} is shown"
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{name}: {width}×{height}, {limit}; make it smaller")
