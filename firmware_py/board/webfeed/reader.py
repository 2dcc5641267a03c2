"""Asks the process that reads feeds for one of them, under limits of time, memory and words."""

from __future__ import annotations

import sys

from firmware_py.board.webfeed.request import Request
from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.core.feeds import MOST_ENTRIES, SUMMARY_LETTERS, TITLE_LETTERS, Version
from firmware_py.runtime.confined import Astray, Confined, name_of_signal

COMMAND = (sys.executable, "-P", "-m", "firmware_py.board.webfeed.process")
MEMORY_MB = 256
MAX_ANSWER_BYTES = 256 * 1024
"""Twenty entries of the longest have 24,000 letters, each of at most four bytes."""

_START_S = 10.0
"""How long a slow box may take to start the process and to end it."""


class FeedProcess:
    """Reads one feed after the other, each in a process of its own."""

    def __init__(self, answer_s: float, ca: str, command: tuple[str, ...] = COMMAND) -> None:
        self._answer_s, self._ca, self._command = answer_s, ca, command
        self._confined = Confined(answer_s + _START_S, MEMORY_MB, MAX_ANSWER_BYTES)

    def read(self, source: str, etag: str, modified: str) -> Version | Flaw:
        """Return what a feed says, or why it says nothing."""
        request = to_json(Request(source, etag, modified, self._answer_s, self._ca)).decode()
        try:
            return _answer(*self._confined.run((*self._command, request), "reader of feeds"))
        except Astray as error:
            return Flaw(Code.FETCH_FAILED, f"what reads the feed {error}; check the network, the server and the feed")
        except Unavailable as error:
            return Flaw(error.code, error.detail)


def _answer(status: int, output: bytes) -> Version | Flaw:
    if status < 0:
        raise Astray(f"was ended by {name_of_signal(-status)}")
    said = (output.splitlines() or [b""])[-1]
    try:
        if status:
            return from_json_as(Flaw, said)
        version = from_json_as(Version, said)
    except Malformed as error:
        raise Astray(f"ended with status {status} and without an answer") from error
    if not _is_modest(version):
        raise Astray("said more than was asked for")
    return version


def _is_modest(version: Version) -> bool:
    return len(version.entries) <= MOST_ENTRIES and all(
        len(entry.title) <= TITLE_LETTERS and len(entry.summary) <= SUMMARY_LETTERS for entry in version.entries
    )
