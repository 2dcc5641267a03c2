"""The local config of one box, as typed values: every key with its unit, range and default.

`shape.py` turns a parsed TOML tree into these classes and reports all faults at once. Nothing here says what
goes on air; it says what this box is, where it listens, and what it may never do (quiet hours, volume caps).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from firmware_py.core.shape import Length, Parse, Range
from firmware_py.core.times import DailySpan, ZoneName

_IS_ORIGIN = re.compile(r"https://[\w.-]+(:\d{1,5})?(/[\w.~-]+)*", re.ASCII).fullmatch


def _read_origin(text: str) -> str:
    if not _IS_ORIGIN(text):
        raise ValueError(f"{text[:80]!r} is no origin; write it like https://content.kontum.example:8443")
    return text


Origin: TypeAlias = Annotated[str, Parse(_read_origin)]
Percent: TypeAlias = Annotated[int, Range(0, 100, "percent")]
Pixels: TypeAlias = Annotated[int, Range(1, 16384, "pixels")]
Offset: TypeAlias = Annotated[int, Range(0, 16384, "pixels")]


_TOPIC_SIGNS = frozenset("/+#\0")


@dataclass(frozen=True, slots=True)
class Device:
    """What this box is (thiết bị): its id in the source system, and the name that people read.

    `areas` is its chain of areas (địa bàn) from the province to its own cluster: alerts to any of them are for it.
    """

    id: Annotated[str, Length(1, 64)]
    name: Annotated[str, Length(1, 120)]
    areas: Annotated[tuple[Annotated[str, Length(1, 64)], ...], Length(0, 8)] = ()
    timezone: ZoneName = "Asia/Ho_Chi_Minh"
    state_dir: str = "/var/lib/ttcs"
    run_dir: str = "/run/ttcs"

    def __post_init__(self) -> None:
        """Refuse names that could not stand in a topic of the source system."""
        for name in (self.id, *self.areas):
            if _TOPIC_SIGNS & set(name):
                raise ValueError(f"has the id or area {name!r}; write it without / + #")


@dataclass(frozen=True, slots=True)
class Link:
    """Where schedules come from. `folder`: a directory with `schedule.json` and media, watched.

    There `trust = "unsigned"` must be written out: whoever can write to the folder decides what goes on air.
    `mqtt`: a province's broker and content servers; `keyring` is the signed file that says whose word counts.
    """

    kind: Literal["folder", "mqtt"]
    path: str = ""
    trust: Literal["unsigned", "signed"] = "signed"
    poll_s: Annotated[float, Range(0.2, 3600, "seconds")] = 2.0
    keyring: str = ""
    broker: Broker | None = None
    heartbeat_s: Annotated[float, Range(10, 86_400, "seconds")] = 3600.0

    def __post_init__(self) -> None:
        """Hold the kind against what it needs."""
        if self.kind == "folder" and not (self.path and self.trust == "unsigned"):
            raise ValueError('is a folder without path or without trust = "unsigned"; write both out')
        if self.kind == "mqtt" and not (self.broker and self.keyring and self.trust == "signed"):
            raise ValueError("is mqtt without broker or keyring, or not signed; give [link.broker] and keyring")


@dataclass(frozen=True, slots=True)
class Broker:
    """The way to the source system's MQTT broker and content servers: mutual TLS, always.

    `ca`, `certificate`, `key`: PEM files. `origins`: the only servers that content is fetched from, such as
    `https://content.kontum.example:8443`, tried in this order.
    """

    host: Annotated[str, Length(1, 253)]
    ca: str
    certificate: str
    key: str
    origins: Annotated[tuple[Origin, ...], Length(1, 8)]
    port: Annotated[int, Range(1, 65_535, "")] = 8883
    keepalive_s: Annotated[int, Range(10, 1200, "seconds")] = 110
    reconnect_max_s: Annotated[float, Range(1, 3600, "seconds")] = 300.0


@dataclass(frozen=True, slots=True)
class Store:
    """The content store on disk."""

    quota_mb: Annotated[int, Range(16, 1_000_000, "megabytes")] = 2048
    keep_free_mb: Annotated[int, Range(1, 1_000_000, "megabytes")] = 64
    max_file_mb: Annotated[int, Range(1, 16_384, "megabytes")] = 512


@dataclass(frozen=True, slots=True)
class Clock:
    """How the wall clock is judged. `assume` = trusted takes the system's word (a board with a GPS, a desk)."""

    source: Literal["system", "assume-trusted"] = "system"
    timesync_file: str = "/run/systemd/timesync/synchronized"


@dataclass(frozen=True, slots=True)
class VolumeCap:
    """No more than `max_pct` in these hours."""

    hours: DailySpan
    max_pct: Percent


@dataclass(frozen=True, slots=True)
class Hours:
    """What this box refuses to do, whoever orders it; alerts are exempt up to a cap of their own.

    `quiet` (giờ im lặng): spans of the day, local time, in which no scheduled sound is made.
    """

    quiet: tuple[DailySpan, ...] = ()
    caps: tuple[VolumeCap, ...] = ()
    alert_max_pct: Percent = 100


@dataclass(frozen=True, slots=True)
class Sound:
    """The speaker's way out. `auto` takes the sound card when there is one, else keeps time in silence (`null`).

    `device` is part of a PortAudio device name; `record_to` writes everything that was played to a WAV file as
    well, of at most `record_max_s` seconds (a longer one begins anew).
    """

    sink: Literal["auto", "portaudio", "null"] = "auto"
    device: str = ""
    record_to: str = ""
    record_max_s: Annotated[int, Range(1, 86_400, "seconds")] = 3600
    rate_hz: Annotated[int, Range(8_000, 96_000, "hertz")] = 48_000
    buffer_ms: Annotated[int, Range(5, 500, "milliseconds")] = 30
    volume_pct: Percent = 80


@dataclass(frozen=True, slots=True)
class Rectangle:
    """The part of the framebuffer that the panel shows: LED sending cards map a corner of it."""

    x: Offset = 0
    y: Offset = 0
    width: Annotated[int, Range(0, 16_384, "pixels, 0 = to the edge")] = 0
    height: Annotated[int, Range(0, 16_384, "pixels, 0 = to the edge")] = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """The board's way out. `auto` takes a screen when there is one, else draws off-screen.

    `width` and `height` are the framebuffer's (0 = the screen's own; 1920×1080 off-screen). `area` is the
    panel's part of it, `rotation` (clockwise) turns the picture inside it. `snapshot_to` is a PNG, replaced
    when what is shown changes and at least every `snapshot_s`.
    """

    driver: Literal["auto", "screen", "offscreen"] = "auto"
    width: Annotated[int, Range(0, 16_384, "pixels")] = 0
    height: Annotated[int, Range(0, 16_384, "pixels")] = 0
    area: Rectangle = field(default_factory=Rectangle)
    rotation: Literal[0, 90, 180, 270] = 0
    fullscreen: bool = True
    fps: Annotated[int, Range(1, 120, "frames per second")] = 60
    ticker_px_per_s: Annotated[int, Range(10, 2000, "pixels per second at 1080 lines")] = 180
    page_s: Annotated[float, Range(2, 600, "seconds a text page stays")] = 8.0
    snapshot_to: str = ""
    snapshot_s: Annotated[float, Range(1, 86_400, "seconds")] = 60.0


@dataclass(frozen=True, slots=True)
class SpeakerSettings:
    """Config of a loudspeaker cluster (cụm loa truyền thanh)."""

    device: Device
    link: Link
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    hours: Hours = field(default_factory=Hours)
    sound: Sound = field(default_factory=Sound)


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """Config of a public bulletin board (bảng tin điện tử công cộng)."""

    device: Device
    link: Link
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    screen: Screen = field(default_factory=Screen)


Settings: TypeAlias = SpeakerSettings | BoardSettings
