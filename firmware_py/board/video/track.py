"""The sound of a film from any place on: frames of 48 kHz in stereo, 16 bits a sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import av.error
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from firmware_py.board.video.container import Opened
from firmware_py.board.video.reel import FRAME_BYTES, RATE_HZ, Block
from firmware_py.core.units import SECOND, DurationUs

_ELSEWHERE_FRAMES = RATE_HZ // 50
"""What a file says of its sound's place is rounded, to a millisecond in many; more than this is a real jump."""


class Track:
    """Decodes the sound of one film forward; `seek` goes elsewhere."""

    def __init__(self, film: Opened, stream: AudioStream) -> None:
        """Take an opened film that nobody else reads, and its sound."""
        self._film = film
        self._stream = stream
        self._resampler = _resampler()
        self._next_at: int | None = None

    def seek(self, at_us: DurationUs) -> None:
        """Go on at a place of the film, or a little before it."""
        self._film.container.seek(max(0, at_us) + self._film.origin_us, backward=True)
        self._resampler = _resampler()
        self._next_at = None

    def __iter__(self) -> Iterator[Block]:
        """Yield the sound in its order, until the end or a `seek`. What cannot be decoded is left out."""
        for packet in self._film.container.demux(self._stream):
            with suppress(av.error.InvalidDataError):
                for frame in packet.decode():
                    if isinstance(frame, AudioFrame):
                        yield from self._blocks(frame)

    def _blocks(self, frame: AudioFrame) -> Iterator[Block]:
        said = self._said(frame)
        if self._next_at is None or (said is not None and abs(said - self._next_at) > _ELSEWHERE_FRAMES):
            self._next_at = said or 0
        for made in self._resampled(frame):
            block = Block(self._next_at, bytes(made.planes[0])[: made.samples * FRAME_BYTES])
            self._next_at += made.samples
            yield block

    def _resampled(self, frame: AudioFrame) -> list[AudioFrame]:
        try:
            return self._resampler.resample(frame)
        except ValueError:
            # From here on the file has another rate, or other channels.
            self._resampler = _resampler()
            return self._resampler.resample(frame)

    def _said(self, frame: AudioFrame) -> int | None:
        """Return the place that the file gives a frame, None for none."""
        if frame.pts is None or frame.time_base is None:
            return None
        at_us = round(frame.pts * frame.time_base * SECOND) - self._film.origin_us
        return at_us * RATE_HZ // SECOND


def _resampler() -> AudioResampler:
    return AudioResampler(format="s16", layout="stereo", rate=RATE_HZ)


def track_of(film: Opened) -> Track | None:
    """Return the sound of a film, None when it has none that can be decoded."""
    streams = [each for each in film.container.streams.audio if getattr(each, "codec_context", None)]
    return Track(film, streams[0]) if streams else None
