"""One attempt to fetch one file from one server: from where the last one ended, watched for its pace and its size."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from firmware_py.core.errors import AgentError, Code
from firmware_py.link.fetching import Pace, Part, Wanted
from firmware_py.link.https import Answer, Unreached, Web

LONGEST_ASKED_S = 3600.0
"""A server may ask for a pause, but not for one of days."""

_OK, _PARTIAL, _TOO_FAR = 200, 206, 416


class Failure(AgentError):
    """This server has not given this file. `general`: that says something of the server, not of the file."""

    def __init__(self, code: Code, detail: str, *, general: bool = False, pause_s: float = 0.0) -> None:
        """Keep what is told, and for how long the server wants to be left alone."""
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.general, self.pause_s = general, pause_s


class _Misfit(Failure):
    """What has come before and what comes now are not of one piece, or are not the file: begin anew."""


class Interrupted(AgentError):
    """Something else is more urgent, or nobody wants this file any more; what has come is kept."""


class Transfer:
    """Fetches files. `interrupted` is asked between any two pieces; from then on the attempt is off."""

    def __init__(self, web: Web, pace: Pace, interrupted: Callable[[Wanted], bool]) -> None:
        self._web, self._pace, self._interrupted = web, pace, interrupted

    def fetch(self, origin: str, wanted: Wanted, part: Part) -> None:
        """Have a file come whole; raise `Failure`, `Interrupted`, or what `part` raises."""
        resumed = part.kept > 0
        try:
            self._go_on(origin, wanted, part)
        except _Misfit:
            if not resumed:
                raise
            self._go_on(origin, wanted, part)  # what was kept may have been the fault

    def _go_on(self, origin: str, wanted: Wanted, part: Part) -> None:
        if part.kept < wanted.size:
            self._ask(origin, wanted, part)
        if not part.finish():
            what = f"{origin} has another file than the one that is signed (SHA-256 {wanted.sha256})"
            raise _Misfit(Code.CONTENT_MISMATCH, f"{what}; put the right one there, or sign this one")

    def _ask(self, origin: str, wanted: Wanted, part: Part) -> None:
        url = f"{origin}/{quote(wanted.path, safe='/')}"
        try:
            with self._web.get(url, _range(part)) as answer:
                _begin(answer, origin, wanted, part)
                self._pour(answer, origin, wanted, part)
        except Unreached as error:
            what = f"{origin} broke off after {part.kept} of {wanted.size} bytes" if part.kept else f"{origin} fails"
            raise Failure(
                Code.FETCH_FAILED, f"{what} ({error}); check the network and the server", general=True
            ) from error
        if part.kept < wanted.size:
            what = f"{origin} ended after {part.kept} of {wanted.size} bytes"
            raise Failure(Code.FETCH_FAILED, f"{what}; put the whole file there")

    def _pour(self, answer: Answer, origin: str, wanted: Wanted, part: Part) -> None:
        since_s, before = time.monotonic(), part.kept
        for chunk in answer.chunks():
            if part.kept + len(chunk) > wanted.size:
                part.restart("")
                raise _other_size(origin, wanted, "more")
            part.write(chunk)
            if part.kept == wanted.size and _length(answer.headers) is not None:
                return
            now_s = time.monotonic()
            if now_s - since_s > self._pace.slow_s:
                self._judge(origin, part.kept - before, now_s - since_s)
                since_s, before = now_s, part.kept
            if self._interrupted(wanted):
                raise Interrupted(wanted.path)

    def _judge(self, origin: str, came: int, in_s: float) -> None:
        if came < self._pace.slow_bytes_per_s * in_s:
            what = f"{origin} sent {came} bytes in {in_s:.0f} s; check the network and the server"
            raise Failure(Code.FETCH_FAILED, what, general=True)


def _range(part: Part) -> dict[str, str]:
    """Return what asks for the rest of a file; a weak ETag says nothing of bytes, there the hash alone decides."""
    if not part.kept:
        return {}
    strong = part.etag if part.etag.startswith('"') else ""
    return {"Range": f"bytes={part.kept}-"} | ({"If-Range": strong} if strong else {})


def _begin(answer: Answer, origin: str, wanted: Wanted, part: Part) -> None:
    """Look at the head of an answer and make the part ready for its body."""
    _check_status(answer, origin, part)
    coding = answer.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        what = f"{origin} sends the file packed ({coding[:40]}), which was not asked for; serve it as it is"
        raise Failure(Code.FETCH_FAILED, what)
    length = _length(answer.headers)
    if answer.status == _PARTIAL:
        _check_range(answer.headers.get("Content-Range", ""), origin, wanted, part)
        return
    if length not in (None, wanted.size):
        raise _other_size(origin, wanted, str(length))
    part.restart(answer.headers.get("ETag", ""))


def _check_status(answer: Answer, origin: str, part: Part) -> None:
    status = answer.status
    if status == _OK or (status == _PARTIAL and part.kept):
        return
    if status == _TOO_FAR and part.kept:
        part.restart("")
        raise _Misfit(
            Code.FETCH_FAILED, f"{origin} has a shorter file than the one that is signed; put the right one there"
        )
    if 300 <= status < 400:
        what = f"{origin} points elsewhere ({status}), which is never followed; put the file where the schedule says"
        raise Failure(Code.FETCH_FAILED, what)
    busy = is_busy(status)
    remedy = "it is tried again" if busy else "put the file there, and let boxes read it"
    what = f"{origin} answers {status}; {remedy}"
    raise Failure(Code.FETCH_FAILED, what, general=busy, pause_s=asked_pause_s(answer.headers) if busy else 0.0)


def _check_range(said: str, origin: str, wanted: Wanted, part: Part) -> None:
    span, _, total = said.removeprefix("bytes ").partition("/")
    if span == f"{part.kept}-{wanted.size - 1}" and total in ("*", str(wanted.size)):
        return
    asked = part.kept
    part.restart("")
    what = f"{origin} was asked for the bytes from {asked} of {wanted.size} and sends {said[:60]!r}; mend the server"
    raise _Misfit(Code.FETCH_FAILED, what)


def _other_size(origin: str, wanted: Wanted, said: str) -> Failure:
    what = f"{origin} has {said} bytes where {wanted.size} are signed; put the right file there, or sign this one"
    return Failure(Code.CONTENT_MISMATCH, what)


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def is_busy(status: int) -> bool:
    """Tell whether a server that answers so may do better later."""
    return status >= 500 or status in (408, 425, 429)


def asked_pause_s(headers: Mapping[str, str]) -> float:
    """Return for how many seconds Retry-After asks, 0 for not at all; a date counts by the server's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_ASKED_S)
    try:
        pause = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return 0.0
    return min(max(pause.total_seconds(), 0.0), LONGEST_ASKED_S)
