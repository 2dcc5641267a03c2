"""Every way in which things go wrong, sorted by what to do next.

`Malformed`   the document is refused as a whole; what was on air stays on air; its author mends it.
`Unplayable`  this content will never play here; it is passed over and reported; its author replaces it.
`Unavailable` it may work later: try again with a growing pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What a record, a refusal or a fault says to the source system."""

    CONTENT_MISSING = "content_missing"
    CONTENT_PENDING = "content_pending"
    CONTENT_MISMATCH = "content_mismatch"
    CONTENT_UNREADABLE = "content_unreadable"
    CONTENT_EMPTY = "content_empty"
    CONTENT_TOO_LARGE = "content_too_large"
    CONTENT_UNSUPPORTED = "content_unsupported"
    CONTENT_SILENT = "content_silent"
    CONTENT_CUT = "content_cut"
    QUARANTINED = "quarantined"
    QUIET_HOURS = "quiet_hours"
    OUTPUT_DIED = "output_died"
    OUTPUT_HUNG = "output_hung"
    DEVICE_LOST = "device_lost"
    DEVICE_TAKEN = "device_taken"
    AGENT_DIED = "agent_died"
    DECODER_FAILED = "decoder_failed"
    SPEECH_FAILED = "speech_failed"
    GLYPH_MISSING = "glyph_missing"
    LEGACY_FONT = "legacy_font"
    PANEL_TOO_SMALL = "panel_too_small"
    DISK_FULL = "disk_full"
    DISK_FAILED = "disk_failed"
    ALREADY_RUNNING = "already_running"
    SCHEDULE_REFUSED = "schedule_refused"
    FOLDER_UNREADABLE = "folder_unreadable"
    JOURNAL_CORRUPT = "journal_corrupt"
    ENVELOPE_MALFORMED = "envelope_malformed"
    SIGNATURE_INVALID = "signature_invalid"
    DOCUMENT_REFUSED = "document_refused"
    ROLE_FORBIDDEN = "role_forbidden"
    AUDIENCE_WRONG = "audience_wrong"
    EXPIRED = "expired"
    FROM_FUTURE = "from_future"
    REPLAYED = "replayed"
    NOT_SUPPORTED = "not_supported"
    LINK_DOWN = "link_down"
    LINK_FLAPPING = "link_flapping"
    FETCH_FAILED = "fetch_failed"
    KEY_UNUSABLE = "key_unusable"
    SILENT_ON_AIR = "silent_on_air"
    TONE_UNHEARD = "tone_unheard"
    STREAM_REFUSED = "stream_refused"
    STREAM_LOST = "stream_lost"
    STREAM_TAKEN = "stream_taken"
    FEED_REFUSED = "feed_refused"
    FEED_STALE = "feed_stale"
    DATA_MISSING = "data_missing"
    DATA_STALE = "data_stale"
    MODEM_SILENT = "modem_silent"
    MAINS_LOST = "mains_lost"
    MAINS_BACK = "mains_back"
    AMPLIFIER_SILENT = "amplifier_silent"
    AMPLIFIER_RESTS = "amplifier_rests"
    PANEL_SILENT = "panel_silent"
    SCREEN_LOST = "screen_lost"
    SCREEN_BACK = "screen_back"


class AgentError(Exception):
    """Root of all errors that we raise."""


class Malformed(AgentError):
    """A document, config file or message does not have the form that it must have."""


class Unplayable(AgentError):
    """Content that was fetched whole but cannot be played or shown; `code` says why."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep the code for the report and the detail for a person."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Unavailable(AgentError):
    """A file, device, disk or peer that does not answer now and may do so later."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep the code for the report and the detail for a person."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a document: where it stands, what is wrong, how to mend it."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.where}: {self.what}" + (f" ({self.remedy})" if self.remedy else "")


class Refused(Malformed):
    """A document with faults: all of them, so that one round of mending is enough."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        """Name the document and carry its problems, in the order of the document."""
        super().__init__(f"{source}: " + "; ".join(map(str, problems)))
        self.source = source
        self.problems = problems
