"""libVLC as a decoder: the one module that imports vlc.

A stream that we write goes in through libVLC's read callback, PCM comes out through its `smem` output, which hands
over samples as fast as they are wanted. (`audio_set_callbacks` gives the same samples at the pace of a clock of its
own, and drops what a busy machine delivers too late.)
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import vlc

from firmware_py.core.errors import Code, Unavailable
from firmware_py.speaker import matroska
from firmware_py.speaker.callbacks import Feed, LiveFeed, Outlet, Taker
from firmware_py.speaker.tracks.track import Excerpt, Format, Track

_OPTIONS = (
    "--quiet",
    "--ignore-config",
    "--intf=dummy",
    "--vout=dummy",
    "--aout=adummy",
    "--no-video",
    "--no-spu",
    "--no-lua",
    "--no-metadata-network-access",
    "--no-sub-autodetect-file",
    "--no-auto-preparse",
    "--no-stats",
    # One packet in, its frames out: VLC's own MP3 and AAC decoders swallow some of the first.
    "--codec=avcodec",
    "--avcodec-threads=1",
    # VLC's default takes the nearest sample and loses time.
    "--audio-resampler=soxr,speex_resampler",
)
_MEDIA_OPTIONS = (
    ":demux=mkv",
    ":no-sout-video",
    ":no-sout-spu",
    # Without it 16 MB are read ahead.
    ":prefetch-read-size=16384",
    ":prefetch-buffer-size=64",
)
_LIVE_OPTIONS = (
    ":no-sout-video",
    ":no-sout-spu",
    ":prefetch-read-size=4096",
    ":prefetch-buffer-size=64",
    # What libVLC fetches itself (RTP, UDP) is kept so long against a network that stutters; we keep more.
    ":network-caching=500",
    ":live-caching=300",
)
_WARM_UP_S = 10.0


class Decoder:
    """libVLC, started once for the process; gives PCM of `rate_hz`, two channels of 16 bits."""

    def __init__(self, rate_hz: int) -> None:
        """Start libVLC; raise `Unavailable` when it cannot be."""
        self.rate_hz = rate_hz
        self._vlc: Any = vlc.Instance(list(_OPTIONS))
        if self._vlc is None:
            what = "libVLC does not start; install the Debian packages libvlc5 and vlc-plugin-base"
            raise Unavailable(Code.DECODER_FAILED, what)

    def start(self, track: Track, taker: Taker, from_frame: int, ended: Callable[[], None]) -> Running:
        """Decode a track for a taker, from a frame of the track on; `ended` is called by a foreign thread."""
        taker.begin(
            skip_frames=self._scaled(track, track.excerpt(from_frame).skip_frames),
            first_frame=self._scaled(track, from_frame),
            length_frames=self._scaled(track, track.frames),
        )
        feed = Feed(lambda: matroska.stream(track.format, track.excerpt(from_frame).packets))
        media = Medium(_media(self._vlc, feed), _MEDIA_OPTIONS, feed)
        return Running(self._vlc, self.rate_hz, media, taker, ended)

    def listen(self, stream: str | Callable[[], bytes], taker: Taker, ended: Callable[[], None]) -> Running:
        """Decode a live stream for a taker: an address that libVLC opens itself, or what gives it the next piece."""
        if isinstance(stream, str):
            media = Medium(self._vlc.media_new_location(stream), _LIVE_OPTIONS)
        else:
            feed = LiveFeed(stream)
            media = Medium(_media(self._vlc, feed), _LIVE_OPTIONS, feed)
        return Running(self._vlc, self.rate_hz, media, taker, ended)

    def warm_up(self) -> None:
        """Decode a moment of silence, so that libVLC's modules are in memory before the first item is due."""
        done = threading.Event()
        running = self.start(_Silence(), _Nobody(), 0, done.set)
        done.wait(_WARM_UP_S)
        running.release()

    def _scaled(self, track: Track, frames: int) -> int:
        return round(frames * self.rate_hz / track.format.rate_hz)


@dataclass(frozen=True, slots=True)
class Medium:
    """What libVLC is to play, with which options, and what gives it its bytes unless it fetches them itself."""

    handle: Any
    options: tuple[str, ...]
    feed: Feed | None = None


class Running:
    """One run of libVLC's player. Everything that its threads call is kept alive until it is released."""

    def __init__(self, engine: Any, rate_hz: int, medium: Medium, taker: Taker, ended: Callable[[], None]) -> None:  # noqa: ANN401 - vlc has no types
        """Start it."""
        self._feed = medium.feed
        self._outlet = Outlet(taker)
        medium.handle.add_option(_output(rate_hz, self._outlet))
        for option in medium.options:
            medium.handle.add_option(option)
        self._player = engine.media_player_new()
        self._player.set_media(medium.handle)
        medium.handle.release()
        # Not by EventManager.event_attach: what that holds is never given back.
        self._on_end = vlc.CallbackDecorators.Callback(lambda _event, _data: ended())
        events = self._player.event_manager()
        for event in (vlc.EventType.MediaPlayerEndReached, vlc.EventType.MediaPlayerEncounteredError):
            vlc.libvlc_event_attach(events, event.value, self._on_end, None)
        self._player.play()

    @property
    def error(self) -> OSError | None:
        """Why the bytes did not all come."""
        return self._feed.error if self._feed else None

    def release(self) -> None:
        """Stop and free the player. It may hang: only for a thread that nobody waits for."""
        self._player.stop()
        self._player.release()


def _media(engine: Any, feed: Feed) -> Any:  # noqa: ANN401 - vlc has no types
    casts = vlc.CallbackDecorators
    return vlc.libvlc_media_new_callbacks(
        engine,
        ctypes.cast(feed.open, casts.MediaOpenCb),
        ctypes.cast(feed.read, casts.MediaReadCb),
        ctypes.cast(feed.seek, casts.MediaSeekCb) if feed.seek else None,
        ctypes.cast(feed.close, casts.MediaCloseCb),
        None,
    )


def _output(rate_hz: int, outlet: Outlet) -> str:
    before, after = (ctypes.cast(callback, ctypes.c_void_p).value for callback in (outlet.before, outlet.after))
    return (
        f":sout=#transcode{{vcodec=none,acodec=s16l,channels=2,samplerate={rate_hz}}}"
        f":smem{{audio-prerender-callback={before},audio-postrender-callback={after},no-time-sync}}"
    )


class _Silence:
    """A quarter of a second of MP3 without sound: frames whose side information says that nothing follows."""

    format = Format("A_MPEG/L3", 48_000, 1, 1152)
    frames = 12 * 1152
    cut = ""

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return all of it."""
        frame = b"\xff\xfb\x94\xc4" + bytes(380)
        return Excerpt(iter([frame] * 12), from_frame)


class _Nobody:
    """Takes decoded blocks for nothing."""

    def begin(self, skip_frames: int, first_frame: int, length_frames: int) -> None:
        """Be told in vain."""

    def put(self, block: bytes) -> None:
        """Drop the block."""
