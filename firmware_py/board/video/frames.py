"""The frames of a film from any place on, made to fit a zone."""

from __future__ import annotations

from collections.abc import Iterator

import av.error
from av.codec.context import ThreadType
from av.filter import Graph
from av.video.frame import VideoFrame

from firmware_py.board.video.container import Opened
from firmware_py.board.video.measure import Measure, measure
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Fit
from firmware_py.core.units import SECOND, DurationUs

_MOST_FAULTS = 250
"""Packets in a row that cannot be decoded: ten seconds without a picture at 25 a second."""

_HD_LINES = 720
_TURNS = {90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}
_FORMAT = "bgra"


class Frames:
    """Decodes one film forward; `seek` goes elsewhere."""

    def __init__(self, film: Opened, zone_px: tuple[int, int], fit: Fit, *, threads: int) -> None:
        """Take an opened film, the zone that shows it, and how many processors may be used."""
        self._film = film
        self._zone_px = zone_px
        self._fit = fit
        self._from_us: DurationUs = 0
        self._graph: Graph | None = None
        self._graph_for: tuple[object, ...] = ()
        self._key_us: DurationUs = 0
        self.key_distance_us: DurationUs = 0
        film.stream.codec_context.thread_count = threads
        film.stream.codec_context.thread_type = ThreadType.AUTO

    def seek(self, at_us: DurationUs) -> None:
        """Go on at a place of the film: what lies before it is decoded, but not given."""
        self._film.container.seek(at_us + self._film.origin_us, backward=True)
        self._from_us = at_us

    def hurry(self, *, hurried: bool) -> None:
        """Leave out frames that no other one needs, or stop doing so."""
        self._film.stream.codec_context.skip_frame = "NONREF" if hurried else "DEFAULT"

    def __iter__(self) -> Iterator[tuple[DurationUs, VideoFrame]]:
        """Yield frames with their place in the film, each later than the one before, until the end or a `seek`."""
        last_us: DurationUs = -1
        for frame in self._decoded():
            at_us = self._place(frame)
            if at_us is None or at_us <= last_us:
                continue
            last_us = at_us
            self._note_key(frame, at_us)
            if at_us + self._film.frame_us > self._from_us:
                yield at_us, frame

    def fitted(self, frame: VideoFrame) -> VideoFrame:
        """Return a frame as the zone shows it: turned, cut, scaled, four bytes a pixel."""
        kind = (frame.width, frame.height, frame.format.name, frame.rotation, frame.interlaced_frame)
        if self._graph is None or kind != self._graph_for:
            self._graph, self._graph_for = self._graph_of(frame), kind
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _decoded(self) -> Iterator[VideoFrame]:
        faults = 0
        for packet in self._film.container.demux(self._film.stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError as error:
                faults += 1
                if faults > _MOST_FAULTS:
                    what = f"{self._film.name}: {faults} frames in a row cannot be decoded; make the video anew"
                    raise Unplayable(Code.CONTENT_UNREADABLE, what) from error
                continue
            faults = 0 if frames else faults
            yield from frames

    def _place(self, frame: VideoFrame) -> DurationUs | None:
        if frame.pts is None or frame.time_base is None:
            return None
        return max(0, round(frame.pts * frame.time_base * SECOND) - self._film.origin_us)

    def _note_key(self, frame: VideoFrame, at_us: DurationUs) -> None:
        """Learn how far apart the places are at which decoding can begin."""
        if frame.key_frame:
            self.key_distance_us = max(self.key_distance_us, at_us - self._key_us)
            self._key_us = at_us

    def _graph_of(self, frame: VideoFrame) -> Graph:
        """Return the filters for frames like this one."""
        coded = frame.width, frame.height
        made = measure(coded, _pixel(self._film), _turn(frame), self._zone_px, self._fit)
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._film.stream.time_base
        )
        chain = [source, *(graph.add(*each.partition("=")[::2]) for each in _filters(frame, made))]
        sink = graph.add("buffersink")
        for one, other in zip(chain, [*chain[1:], sink], strict=True):
            one.link_to(other)
        graph.configure()
        return graph


def size_of(film: Opened, frame: VideoFrame) -> tuple[int, int]:
    """Return width and height of a frame as people see it."""
    upright = max(1, round(frame.width * _pixel(film))), frame.height
    return upright[::-1] if _turn(frame) % 180 else upright


def _pixel(film: Opened) -> float:
    """Return a coded pixel's width over its height."""
    return float(film.stream.sample_aspect_ratio or 1)


def _turn(frame: VideoFrame) -> int:
    """Return how far a frame is to be turned, clockwise: cameras that are held upright write so."""
    return round(-frame.rotation / 90) * 90 % 360


def _filters(frame: VideoFrame, made: Measure) -> Iterator[str]:
    """Yield the filters in their order: what makes the picture smaller comes first."""
    if made.cut != (frame.width, frame.height):
        yield f"crop={made.cut[0]}:{made.cut[1]}"
    if frame.interlaced_frame:
        # Half the lines are of another moment: what moves would have the edge of a comb.
        yield "field=top"
    # Without a word in the file, pictures of 720 lines and more are in the colours of HDTV (BT.709).
    matrix = "bt709" if frame.height >= _HD_LINES else "bt601"
    colours = f":in_color_matrix={matrix}" if frame.colorspace == _UNSPECIFIED else ""
    # Scaled as it is coded and then brought to what a screen takes: both at once have no quick way, and take six times
    # as long.
    yield f"scale={made.scaled[0]}:{made.scaled[1]}:flags=bilinear"
    yield "format=yuv420p"
    yield f"scale=flags=bilinear{colours}"
    yield f"format={_FORMAT}"
    yield from _TURNS.get(made.turn, ())


_UNSPECIFIED = 2
