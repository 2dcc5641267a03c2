"""The local config of one box, as typed values: every key with its unit, range and default.

`shape.py` turns a parsed TOML tree into these classes and reports all faults at once. Nothing here says what
goes on air; it says what this box is, where it listens, and what it may never do (quiet hours, volume caps).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from firmware_py.core.feeds import FeedOrigin
from firmware_py.core.panel_settings import Panel, check_words
from firmware_py.core.shape import Length, Parse, Range
from firmware_py.core.streams import StreamOrigin
from firmware_py.core.times import DailySpan, TimeOfDay, ZoneName

_IS_ORIGIN = re.compile(r"https://[\w.-]+(:\d{1,5})?(/[\w.~-]+)*", re.ASCII).fullmatch


def _read_origin(text: str) -> str:
    if not _IS_ORIGIN(text):
        raise ValueError(f"{text[:80]!r} is no origin; write it like https://content.kontum.example:8443")
    return text


Origin: TypeAlias = Annotated[str, Parse(_read_origin)]
Percent: TypeAlias = Annotated[int, Range(0, 100, "percent")]
Pixels: TypeAlias = Annotated[int, Range(1, 16384, "pixels")]
Offset: TypeAlias = Annotated[int, Range(0, 16384, "pixels")]


LayoutName: TypeAlias = Literal["auto", "full", "header", "side", "ticker"]
"""Which zones a board has (bố cục): see `board/layout.py`."""

Mirror: TypeAlias = Literal["none", "horizontal", "vertical"]
"""`horizontal` changes left and right, `vertical` above and below."""

ThemeName: TypeAlias = Literal["dark", "light", "contrast", "amber"]
"""The colours of a board (bảng màu): see `board/look.py`."""

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

    `quiet` (giờ im lặng): spans of the day, local time, in which no scheduled sound is made
    and nobody speaks live; alerts, drills and test tones by command are exempt.
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
    microphone: Annotated[str, Length(0, 120)] = ""
    duck_db: Annotated[float, Range(-60, 0, "dB")] = -18.0
    volume_pct: Percent = 80


@dataclass(frozen=True, slots=True)
class GpioLine:
    """A line of the box's own pins, to a relay or from a sensor: `chip` and `line` as `gpioinfo` names them."""

    line: Annotated[int, Range(0, 1023, "")]
    chip: str = "/dev/gpiochip0"
    active_low: bool = False


@dataclass(frozen=True, slots=True)
class RelayBoard:
    """A relay board (bo mạch rơ-le) on RS-485, spoken to in Modbus RTU; `coil` counts from 0."""

    port: Annotated[str, Length(1, 255)]
    unit: Annotated[int, Range(1, 247, "")] = 1
    coil: Annotated[int, Range(0, 65_535, "")] = 0
    baud: Annotated[int, Range(300, 921_600, "baud")] = 9600


@dataclass(frozen=True, slots=True)
class SerialWords:
    """An amplifier that takes words on a serial port: what is sent, and what must come back.

    `query` asks how it is; an answer with `on_answer` in it says on, one with `off_answer` off. With an empty
    answer nothing is waited for, and nothing is known of what the amplifier made of it.
    """

    port: Annotated[str, Length(1, 255)]
    on: Annotated[str, Length(1, 64)]
    off: Annotated[str, Length(1, 64)]
    on_answer: Annotated[str, Length(0, 64)] = ""
    off_answer: Annotated[str, Length(0, 64)] = ""
    query: Annotated[str, Length(0, 64)] = ""
    baud: Annotated[int, Range(300, 921_600, "baud")] = 9600

    def __post_init__(self) -> None:
        """Hold the words against what a serial line carries, and the query against its answers."""
        check_words(self.on, self.off, self.on_answer, self.off_answer, self.query)
        if self.query and not (self.on_answer and self.off_answer):
            raise ValueError("has a query without on_answer or off_answer; give both")


@dataclass(frozen=True, slots=True)
class Power:
    """How the amplifier (tăng âm) is switched: see `core.amplifier` for the times."""

    driver: Literal["none", "gpio", "modbus", "serial"] = "none"
    warm_up_s: Annotated[float, Range(0, 8, "seconds")] = 2.0
    hold_s: Annotated[float, Range(0.5, 3600, "seconds")] = 30.0
    max_on_s: Annotated[float, Range(10, 86_400, "seconds")] = 21_600.0
    rest_s: Annotated[float, Range(1, 3600, "seconds")] = 60.0
    answer_s: Annotated[float, Range(0.05, 5, "seconds")] = 0.5
    gpio: GpioLine | None = None
    modbus: RelayBoard | None = None
    serial: SerialWords | None = None

    def __post_init__(self) -> None:
        """Hold the driver against its table."""
        tables = {"gpio": self.gpio, "modbus": self.modbus, "serial": self.serial}
        if self.driver != "none" and tables[self.driver] is None:
            raise ValueError(f"has the driver {self.driver}; describe it in [amplifier.{self.driver}]")


@dataclass(frozen=True, slots=True)
class Relay:
    """Whose live programme this box relays (tiếp âm), and when it gives a source up: see `core.relay` for the times.

    `origins`: the only servers and senders that it listens to, such as `https://stream.kontum.example:8443`; what a
    schedule names besides is passed over. Of a multicast group whoever can send to it decides what is heard.
    """

    origins: Annotated[tuple[StreamOrigin, ...], Length(0, 16)] = ()
    open_s: Annotated[float, Range(1, 60, "seconds")] = 8.0
    stall_s: Annotated[float, Range(1, 60, "seconds")] = 5.0
    silence_s: Annotated[float, Range(2, 600, "seconds")] = 10.0
    silence_dbfs: Annotated[float, Range(-90, -20, "decibels below full scale")] = -50.0
    rest_s: Annotated[float, Range(1, 600, "seconds")] = 10.0
    longest_rest_s: Annotated[float, Range(1, 3600, "seconds")] = 180.0
    steady_s: Annotated[float, Range(0, 600, "seconds")] = 10.0


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
    panel's part of it, `rotation` (clockwise) turns the picture inside it, after `mirror`. The picture moves by up
    to `shift_px` against burn-in, and is as much smaller. `snapshot_to` is a PNG, replaced
    when what is shown changes and at least every `snapshot_s`. `layout` holds for items that ask for none.
    `transition` is how one page gives way to the next; a notice comes and goes at once. A page of text stays for
    `page_s`, or for as long as it takes to read at `read_cps`; `pitch_mm` (from pixel to pixel) and `distance_m` (to
    those who read) say how large letters must be at least, see `board/reading.py`.
    """

    driver: Literal["auto", "screen", "offscreen"] = "auto"
    width: Annotated[int, Range(0, 16_384, "pixels")] = 0
    height: Annotated[int, Range(0, 16_384, "pixels")] = 0
    area: Rectangle = field(default_factory=Rectangle)
    rotation: Literal[0, 90, 180, 270] = 0
    mirror: Mirror = "none"
    shift_px: Annotated[int, Range(0, 32, "pixels, 0 = off")] = 0
    layout: LayoutName = "auto"
    theme: ThemeName = "dark"
    pitch_mm: Annotated[float, Range(0, 100, "millimetres, 0 = not known")] = 0.0
    distance_m: Annotated[float, Range(0, 500, "metres, 0 = not known")] = 0.0
    transition: Literal["cut", "fade", "slide"] = "cut"
    transition_s: Annotated[float, Range(0.1, 3, "seconds")] = 0.5
    fullscreen: bool = True
    fps: Annotated[int, Range(1, 120, "frames per second")] = 60
    ticker_px_per_s: Annotated[int, Range(10, 2000, "pixels per second at 1080 lines")] = 180
    page_s: Annotated[float, Range(2, 600, "seconds a text page stays")] = 8.0
    read_cps: Annotated[float, Range(1, 100, "characters per second")] = 12.0
    snapshot_to: str = ""
    snapshot_s: Annotated[float, Range(1, 86_400, "seconds")] = 60.0


@dataclass(frozen=True, slots=True)
class FilmSound:
    """Where a board's videos are heard: `device` is part of a PortAudio device name, "" the system's own choice.

    `auto`: as long as there is a device. `off`: never.
    """

    sink: Literal["auto", "off"] = "auto"
    device: str = ""
    volume_pct: Percent = 80


@dataclass(frozen=True, slots=True)
class FilmHours:
    """When a board's videos are not heard (`quiet`), and how loud they may be: by time of day."""

    quiet: tuple[DailySpan, ...] = ()
    caps: tuple[VolumeCap, ...] = ()


@dataclass(frozen=True, slots=True)
class Feeds:
    """Whose web feeds (RSS, Atom) this board shows, and how often it asks for them.

    `origins`: the only servers that it asks, such as `https://xa.kontum.example`; plain http is spoken where one says
    so, and then whoever is on the way decides what is shown. `ca`: a PEM file of who vouches for them, "" for the
    public authorities.
    """

    origins: Annotated[tuple[FeedOrigin, ...], Length(0, 16)] = ()
    period_s: Annotated[float, Range(60, 86_400, "seconds")] = 900.0
    answer_s: Annotated[float, Range(1, 120, "seconds")] = 30.0
    ca: Annotated[str, Length(0, 255)] = ""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """When a loudspeaker tries itself (`sound.microphone` must hear it), and how loud."""

    at: TimeOfDay | None = None
    volume_pct: Annotated[int, Range(1, 100, "percent")] = 20


@dataclass(frozen=True, slots=True)
class Modem:
    """The serial port on which the modem of 4G takes AT commands (3GPP TS 27.007); none: nothing is asked."""

    port: Annotated[str, Length(0, 255)] = ""
    baud: Annotated[int, Range(300, 921_600, "baud")] = 115_200
    period_s: Annotated[float, Range(0.05, 86_400, "seconds")] = 600.0
    answer_s: Annotated[float, Range(0.1, 60, "seconds")] = 3.0


@dataclass(frozen=True, slots=True)
class Mains:
    """Where the box sees whether the mains (điện lưới) are there: a line that is active while they are."""

    gpio: GpioLine | None = None


@dataclass(frozen=True, slots=True)
class SpeakerSettings:
    """Config of a loudspeaker cluster (cụm loa truyền thanh)."""

    device: Device
    link: Link
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    hours: Hours = field(default_factory=Hours)
    sound: Sound = field(default_factory=Sound)
    amplifier: Power = field(default_factory=Power)
    relay: Relay = field(default_factory=Relay)
    self_test: SelfTest = field(default_factory=SelfTest)
    modem: Modem = field(default_factory=Modem)
    mains: Mains = field(default_factory=Mains)


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """Config of a public bulletin board (bảng tin điện tử công cộng)."""

    device: Device
    link: Link
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    screen: Screen = field(default_factory=Screen)
    panel: Panel = field(default_factory=Panel)
    hours: FilmHours = field(default_factory=FilmHours)
    sound: FilmSound = field(default_factory=FilmSound)
    feeds: Feeds = field(default_factory=Feeds)
    modem: Modem = field(default_factory=Modem)
    mains: Mains = field(default_factory=Mains)


Settings: TypeAlias = SpeakerSettings | BoardSettings
