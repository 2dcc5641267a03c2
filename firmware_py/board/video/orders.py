"""What the process that draws and the one that decodes a film say to each other.

The film's process gets one `FilmOrder` as its argument, answers with one `FilmHead` on its standard output, and then
writes eight bytes for each frame that lies ready: where in the film it belongs, in microseconds. Frame number n lies in
slot n modulo `SLOTS` of the shared memory. Single bytes come back: `FREED` gives the oldest slot back, `SEEN` says that
the film can be seen, and 0 to 100 is a volume. Either one knows by the end of these pipes that the other is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from firmware_py.core.messages import Fit
from firmware_py.core.settings import FilmSound
from firmware_py.core.units import DurationUs, WallUs

SLOTS = 4
"""So many frames of 1080p are 33 MB, and 100 ms at 30 frames a second."""

FREED = 255
SEEN = 254

FRAME = Struct("<q")
END_US: DurationUs = -1
"""In the place of a frame: the film has no more."""

BYTES_A_PIXEL = 4


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """A film, the zone that shows it, and when its first frame is due; nothing of it is seen before `from_us`.

    `clock_offset_us`: as in `BoardSetup`.
    """

    path: str
    zone_px: tuple[int, int]
    fit: Fit
    start_us: WallUs
    from_us: WallUs
    volume_pct: int
    clock_offset_us: DurationUs
    sound: FilmSound
    memory: int
    frames: int
    control: int


@dataclass(frozen=True, slots=True)
class FilmHead:
    """How frames lie in memory: size in pixels, bytes in a row, bytes in a slot; and how long a frame lasts, usually.

    A pixel is blue, green, red and a byte without meaning.
    """

    width: int
    height: int
    row_bytes: int
    slot_bytes: int
    frame_us: DurationUs


@dataclass(frozen=True, slots=True)
class FilmFault:
    """Why a film cannot be shown, or cannot go on; with `goes_on` only its sound is missing."""

    code: str
    detail: str
    goes_on: bool = False
