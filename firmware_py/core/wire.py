"""The signed documents that come down from the source system, as typed values.

Each travels in an envelope (`envelope.py`) whose payload type names its class. Who may sign what, for whom and for how
long is the business of `trust.py`; here is only what they say. `seq` and `version` rise with each document of
a signer; `issued` and `expires` are instants of the source's clock.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from firmware_py.core.codec import from_json
from firmware_py.core.errors import Malformed, Problem, Refused
from firmware_py.core.model import Content, FigureName, Identifier, RelativePath, Sha256, Text
from firmware_py.core.shape import Length, Parse, Range, load
from firmware_py.core.streams import StreamAddress
from firmware_py.core.times import Instant

MAX_VOICE_BYTES = 64 * 1024
MAX_SEQ = 2**53

_PUBLIC_KEY_BYTES = 32
_TOPIC_SIGNS = frozenset("/+#\0")


def _read_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{text[:40]!r} is not base64; write it with the standard alphabet and padding") from error


def _read_public(text: str) -> bytes:
    public = _read_bytes(text)
    if len(public) != _PUBLIC_KEY_BYTES:
        raise ValueError(f"has {len(public)} bytes; an Ed25519 public key has {_PUBLIC_KEY_BYTES}")
    return public


def _read_voice(text: str) -> bytes:
    voice = _read_bytes(text)
    if not 0 < len(voice) <= MAX_VOICE_BYTES:
        raise ValueError(f"has {len(voice)} bytes; an inline voice has 1 to {MAX_VOICE_BYTES}")
    return voice


def read_area(text: str) -> str:
    """Return an area code (mã địa bàn); raise ValueError for one that could not stand in a topic."""
    if not 1 <= len(text) <= 64 or _TOPIC_SIGNS & set(text):
        raise ValueError(f"{text[:64]!r} is no area code; use 1 to 64 letters without / + #")
    return text


def read_audience(text: str) -> str:
    """Return `all`, `device:ID` or `area:CODE`."""
    kind, colon, name = text.partition(":")
    if text == "all":
        return text
    if kind not in {"device", "area"} or not colon:
        raise ValueError(f"{text[:80]!r} is no audience; write all, device:ID or area:CODE")
    return f"{kind}:{read_area(name)}"


AreaCode: TypeAlias = Annotated[str, Parse(read_area)]
Audience: TypeAlias = Annotated[str, Parse(read_audience)]
Seq: TypeAlias = Annotated[int, Range(1, MAX_SEQ, "")]
PublicKey: TypeAlias = Annotated[bytes, Parse(_read_public)]
Voice: TypeAlias = Annotated[bytes, Parse(_read_voice)]


class Role(StrEnum):
    """What a key may sign for: the keyring; schedules, figures; commands; alerts of an area; answers; a little."""

    ROOT = "root"
    CONTENT = "content"
    COMMAND = "command"
    ALERT = "alert"
    SERVICE = "service"
    TECHNICIAN = "technician"


@dataclass(frozen=True, slots=True)
class Key:
    """An Ed25519 public key; `id` is the SHA-256 of its 32 bytes."""

    id: Sha256
    public: PublicKey


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to keys: so many of them (`threshold`) must sign. `areas` bound what an alert key may reach."""

    role: Role
    keys: Annotated[tuple[Sha256, ...], Length(1, 16)]
    threshold: Annotated[int, Range(1, 16, "signatures")] = 1
    areas: Annotated[tuple[AreaCode, ...], Length(0, 1000)] = ()

    def __post_init__(self) -> None:
        """Hold the parts against one another."""
        if len(set(self.keys)) < self.threshold:
            raise ValueError(f"needs {self.threshold} signatures and names {len(set(self.keys))} keys; name more")
        if (self.role is Role.ALERT) != bool(self.areas):
            raise ValueError("names areas and is no alert role, or is one and names none; give areas to alert roles")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Who may sign what: signed by the root keys of the version before and by its own."""

    format: Literal["ttcs-keyring/1"]
    version: Seq
    issued: Instant
    expires: Instant
    keys: Annotated[tuple[Key, ...], Length(1, 1000)]
    grants: Annotated[tuple[Grant, ...], Length(1, 1000)]

    def __post_init__(self) -> None:
        """Hold the grants against the keys."""
        known = {key.id for key in self.keys}
        if len(known) < len(self.keys):
            raise ValueError("has a key twice; name each once")
        if any(not known.issuperset(grant.keys) for grant in self.grants):
            raise ValueError("grants a role to a key that it does not have; add the key, or take it out of the grant")


@dataclass(frozen=True, slots=True)
class Desired:
    """Which schedule should be in force: its path on the content servers, its hash and its size in bytes."""

    format: Literal["ttcs-desired/1"]
    audience: Audience
    version: Seq
    issued: Instant
    expires: Instant
    path: RelativePath
    sha256: Sha256
    size: Annotated[int, Range(1, 8 * 1024 * 1024, "bytes")]


class CommandKind(StrEnum):
    """What a command may ask for. Nothing here names a program, a path or a free address."""

    VOLUME = "volume"
    AMPLIFIER = "amplifier"
    STOP = "stop"
    NEXT = "next"
    PAUSE = "pause"
    RESUME = "resume"
    SNAPSHOT = "snapshot"
    TEST_TONE = "test_tone"
    IDENTIFY = "identify"
    REFRESH = "refresh"
    MUTE = "mute"
    UNMUTE = "unmute"
    DRILL = "drill"
    LIVE = "live"
    SEND_LOGS = "send_logs"
    RESTART = "restart"


TECHNICIAN_MAY = frozenset(CommandKind) - {
    CommandKind.DRILL,
    CommandKind.LIVE,
    CommandKind.RESTART,
    CommandKind.AMPLIFIER,
}
"""What the key of a person on the spot is good for: to hear, see and silence one box, never to start a siren."""


@dataclass(frozen=True, slots=True)
class Command:
    """Lệnh điều khiển for one box. `seconds` bounds what it starts; `boot_id` is an echo that a restart needs."""

    format: Literal["ttcs-command/1"]
    id: Identifier
    audience: Audience
    seq: Seq
    issued: Instant
    expires: Instant
    kind: CommandKind
    volume_pct: Annotated[int, Range(0, 100, "percent")] | None = None
    on: bool | None = None
    seconds: Annotated[float, Range(1, 86_400, "seconds")] | None = None
    boot_id: Annotated[str, Length(0, 64)] = ""
    sources: Annotated[tuple[StreamAddress, ...], Length(0, 4)] = ()

    def __post_init__(self) -> None:
        """Hold the kind against what it needs."""
        if self.kind is CommandKind.VOLUME and self.volume_pct is None:
            raise ValueError("is volume without volume_pct; give 0 to 100")
        if self.kind is CommandKind.AMPLIFIER and self.on is None:
            raise ValueError("is amplifier without on; give true or false")
        if (self.kind is CommandKind.LIVE) != bool(self.sources):
            raise ValueError(f"is {self.kind} with {len(self.sources)} sources; live takes 1 to 4, no other takes any")
        if self.kind is CommandKind.RESTART and not self.boot_id:
            raise ValueError("is restart without boot_id; give the one of the box's birth message")


class AlertStatus(StrEnum):
    """Thật, diễn tập, kiểm tra đường truyền: a test is answered and neither heard nor seen."""

    ACTUAL = "actual"
    DRILL = "drill"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class AlertText:
    """What is said and shown in one language."""

    language: Annotated[str, Length(2, 35)]
    title: Annotated[Text, Length(1, 200)]
    text: Annotated[Text, Length(0, 4000)] = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Cảnh báo khẩn cấp to an area. `update` and `cancel` speak of the alert with the same id.

    `area_name` is the area in words, for those who read it on a board, which also shows when the alert `expires`.
    """

    format: Literal["ttcs-alert/1"]
    id: Identifier
    audience: Audience
    seq: Seq
    issued: Instant
    expires: Instant
    status: AlertStatus
    msg_type: Literal["alert", "update", "cancel"]
    event: Annotated[Text, Length(1, 200)]
    texts: Annotated[tuple[AlertText, ...], Length(1, 8)]
    severity: Literal["extreme", "severe", "moderate", "minor", "unknown"] = "unknown"
    area_name: Annotated[Text, Length(0, 200)] = ""
    voice: Voice | None = None
    content: Annotated[tuple[Content, ...], Length(0, 4)] = ()
    siren: bool = True
    repeats: Annotated[int, Range(1, 100, "times")] = 3
    max_duration_s: Annotated[float, Range(5, 86_400, "seconds")] = 600.0
    volume_pct: Annotated[int, Range(0, 100, "percent")] | None = None

    def __post_init__(self) -> None:
        """Hold the files against what the signature must cover of them."""
        if any(content.sha256 is None or content.size is None for content in self.content):
            raise ValueError("names content without sha256 or size; the server that has the file is not trusted")


@dataclass(frozen=True, slots=True)
class Sync:
    """The source's answer to a hello: proof of the way there and back, its time, and what it has taken over for good.

    `through` is the highest number of the box's outbox of `epoch` below which the source has everything.
    """

    format: Literal["ttcs-sync/1"]
    audience: Audience
    nonce: Annotated[str, Length(16, 64)]
    issued: Instant
    expires: Instant
    epoch: Annotated[str, Length(0, 64)] = ""
    through: Annotated[int, Range(0, MAX_SEQ, "")] = 0


@dataclass(frozen=True, slots=True)
class FigureText:
    """What a figure says in one language."""

    language: Annotated[str, Length(2, 35)]
    text: Annotated[Text, Length(1, 400)]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure (số liệu), such as the weather: of which instant it is, and until when it may be shown."""

    name: FigureName
    texts: Annotated[tuple[FigureText, ...], Length(1, 8)]
    at: Instant
    expires: Instant

    def __post_init__(self) -> None:
        """Hold the parts against one another."""
        if self.at >= self.expires:
            raise ValueError("is good until before it was taken; give a later expires")
        if len({each.language for each in self.texts}) < len(self.texts):
            raise ValueError("says something twice in one language; say it once")


@dataclass(frozen=True, slots=True)
class Data:
    """All figures of an area: those that a document leaves out are not known any more."""

    format: Literal["ttcs-data/1"]
    audience: Audience
    version: Seq
    issued: Instant
    expires: Instant
    figures: Annotated[tuple[Figure, ...], Length(0, 64)]

    def __post_init__(self) -> None:
        """Refuse two figures of one name."""
        if len({figure.name for figure in self.figures}) < len(self.figures):
            raise ValueError("has a figure twice; name each once")


Document: TypeAlias = Keyring | Desired | Command | Alert | Sync | Data

PAYLOAD_TYPES: dict[str, type[Document]] = {
    "application/vnd.ttcs.keyring+json": Keyring,
    "application/vnd.ttcs.desired+json": Desired,
    "application/vnd.ttcs.command+json": Command,
    "application/vnd.ttcs.alert+json": Alert,
    "application/vnd.ttcs.sync+json": Sync,
    "application/vnd.ttcs.data+json": Data,
}
TYPE_OF: dict[type[Document], str] = {kind: name for name, kind in PAYLOAD_TYPES.items()}


def read_document(kind: type[Document], payload: bytes) -> Document:
    """Return the document in a payload; raise `Refused` with every fault that it has."""
    source = kind.__name__.lower()
    try:
        tree = from_json(payload)
    except Malformed as error:
        raise Refused(source, (Problem("document", str(error), "mend the JSON"),)) from error
    document = load(kind, tree, source)
    if not isinstance(document, Keyring | Desired | Command | Alert | Sync | Data):
        raise TypeError(kind)
    if document.issued >= document.expires:
        raise Refused(source, (Problem("expires", "is not later than issued", "give it time to arrive"),))
    return document
