"""One file being decoded for one play.

Each has a thread that opens the file, starts the decoder, waits and releases. Nobody waits for that thread, because
releasing libVLC's player may hang; it only delays the end of itself.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Item
from firmware_py.core.units import SECOND
from firmware_py.runtime.heap import clear_up, give_back
from firmware_py.speaker.decoder import Decoder
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.opening import open_track
from firmware_py.speaker.tracks.track import Track

_GIVE_BACK_EVERY = 8
"""Giving memory back holds every allocation up for a moment, so it is not done after each play."""

_LACKING_S = 0.25
"""A decoder that gives this much less than the plan was laid out for has failed."""


class Decoding:
    """Fills a reel from a file, from the place where the clock says that the content is."""

    def __init__(self, decoder: Decoder, item: Item, reel: Reel) -> None:
        """Begin at once."""
        self._decoder, self._item, self._reel = decoder, item, reel
        self._path = Path(item.path)
        self._changed = threading.Event()
        self._ended = False
        threading.Thread(target=self._run, name=f"decoding {item.no}", daemon=True).start()

    def tend(self) -> None:
        """Do nothing: the thread does it all."""

    def close(self) -> None:
        """Give it up; returns at once."""
        self._reel.close()
        self._changed.set()

    def _run(self) -> None:
        try:
            media = Media(self._path)
        except Unplayable as error:
            self._reel.finish(error)
            return
        try:
            self._decode(media, open_track(media))
        except Unplayable as error:
            self._reel.finish(error)
        except OSError as error:
            self._reel.finish(_broken(media, error))
        finally:
            media.close()

    def _decode(self, media: Media, track: Track) -> None:
        late_us = max(0, time.monotonic_ns() // 1000 - self._item.start_mono_us)
        from_frame = min(track.frames, late_us * track.format.rate_hz // SECOND)
        running = self._decoder.start(track, self._reel, from_frame, self._note_end)
        while not (self._ended or self._reel.closed):
            self._changed.wait()
            self._changed.clear()
        if self._ended:
            self._reel.finish(self._verdict(media, running.error))
        running.release()
        del running
        clear_up()
        if self._item.no % _GIVE_BACK_EVERY == 0:
            give_back()

    def _note_end(self) -> None:
        self._ended = True
        self._changed.set()

    def _verdict(self, media: Media, error: OSError | None) -> Unplayable | None:
        if error:
            return _broken(media, error)
        given_s = (self._reel.length_frames - self._reel.lacking_frames) / self._decoder.rate_hz
        planned_s = min(self._item.duration_us / SECOND, self._reel.length_frames / self._decoder.rate_hz)
        if given_s > planned_s - _LACKING_S:
            return None
        what = f"{media.name} ended after {given_s:.1f} of {planned_s:.1f} s: the decoder gave up; make the file again"
        return Unplayable(Code.DECODER_FAILED, what)


def _broken(media: Media, error: OSError) -> Unplayable:
    return Unplayable(Code.CONTENT_UNREADABLE, f"{media.name} cannot be read ({error.strerror}); check the disk")
