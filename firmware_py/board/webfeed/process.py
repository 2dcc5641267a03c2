"""`python -m firmware_py.board.webfeed.process REQUEST`: read one web feed. One line of JSON on standard output.

The fields of `Version` and status 0, or `{"code", "detail"}` and status 1. This process handles what strangers have
written: the caller sets its limits of memory and time, and it ends by itself when its time is over.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from firmware_py.board.webfeed.entries import read_entries
from firmware_py.board.webfeed.request import Request
from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.feeds import Version
from firmware_py.link.https import Answer, Strangers, Unreached, Web

MAX_BYTES = 1 << 20
"""A feed of twenty entries has some 20 KB; one with whole articles in it some hundreds."""

MAX_TAG_LETTERS = 1024

_OK, _SAME = 200, 304
_WANTED = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml, text/xml"


def main(arguments: list[str]) -> int:
    """Read the feed that the arguments ask for; return the exit status."""
    request = from_json_as(Request, arguments[0])
    try:
        with _in_time(request.answer_s):
            version = read(request)
    except (Unplayable, Unavailable) as error:
        return _say({"code": error.code, "detail": error.detail}, 1)
    except TimeoutError as error:
        return _say({"code": Code.FETCH_FAILED, "detail": f"does not come ({error}); check the server"}, 1)
    return _say(version, 0)


@contextmanager
def _in_time(answer_s: float) -> Iterator[None]:
    """Raise `TimeoutError` wherever the work is when its time is over: a server may send a byte a second for ever."""

    def end(*_: object) -> None:
        raise TimeoutError(f"took longer than {answer_s:g} s")

    former = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, answer_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def read(request: Request) -> Version:
    """Return what a feed says; raise `Unavailable` while it does not come, `Unplayable` when it is of no use."""
    web = Web(Strangers(request.ca), request.answer_s, request.answer_s)
    try:
        with web.get(request.source, _conditions(request)) as answer:
            if answer.status == _SAME and (request.etag or request.modified):
                return Version(etag=request.etag, modified=request.modified, same=True)
            _check_head(answer)
            raw = _body(answer)
            names = _tag(answer, "ETag"), _tag(answer, "Last-Modified")
    except Unreached as error:
        what = f"does not come ({error}); check the network and the server"
        raise Unavailable(Code.FETCH_FAILED, what) from error
    return Version(read_entries(raw), *names)


def _conditions(request: Request) -> dict[str, str]:
    """Return what lets a server say in a few bytes that nothing is new."""
    named = {"If-None-Match": request.etag, "If-Modified-Since": request.modified}
    return {"Accept": _WANTED} | {name: value for name, value in named.items() if value}


def _check_head(answer: Answer) -> None:
    if 300 <= answer.status < 400:
        target = _tag(answer, "Location")[:200]
        what = f"has moved to {target} ({answer.status}), which is never followed; write that into the schedule"
        raise Unavailable(Code.FETCH_FAILED, what)
    if answer.status != _OK:
        raise Unavailable(Code.FETCH_FAILED, f"the server answers {answer.status}; check the address and the server")
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        what = f"comes packed ({coding[:40]}), which was not asked for; have the server send it as it is"
        raise Unplayable(Code.CONTENT_UNSUPPORTED, what)


def _body(answer: Answer) -> bytes:
    raw = bytearray()
    for chunk in answer.chunks():
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise Unplayable(Code.CONTENT_TOO_LARGE, f"has more than {MAX_BYTES >> 20} MiB; leave out old entries")
    length = answer.headers.get("Content-Length", "")
    if length.isascii() and length.isdecimal() and len(length) < 20 and len(raw) < int(length):
        raise Unreached(f"broke off after {len(raw)} of {length} bytes")
    return bytes(raw)


def _tag(answer: Answer, name: str) -> str:
    """Return a header that may be sent back later, "" for one that is none."""
    value = answer.headers.get(name, "")
    return value if len(value) <= MAX_TAG_LETTERS and value.isascii() and value.isprintable() else ""


def _say(answer: object, status: int) -> int:
    sys.stdout.buffer.write(to_json(answer) + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
