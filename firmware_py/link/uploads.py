"""What this box brings to the content servers: snapshots, logs, events that were left over.

It has a thread of its own: a picture that somebody waits for does not wait behind an hour of downloads.
"""

from __future__ import annotations

import queue
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from firmware_py.core.errors import AgentError
from firmware_py.core.events import Uploaded
from firmware_py.core.settings import Broker
from firmware_py.link.fetching import Pace, Pauses
from firmware_py.link.https import Unreached, Web
from firmware_py.link.transfer import asked_pause_s, is_busy

BACKLOG = "events"
MAX_BYTES = 32 * 1024 * 1024
ROUNDS = 5
"""How often all servers are tried; whoever asked hears of it then and may ask again."""

LONGEST_PAUSE_S = 60.0
"""Somebody waits: whatever pause a server asks for, it is not longer."""

MEDIA_TYPES = {".png": "image/png", ".json": "application/json", ".gz": "application/gzip"}


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What goes up under which name: a file, or a body that is at hand."""

    method: Literal["PUT", "POST"]
    name: str
    media_type: str
    path: Path | None = None
    body: bytes = b""


class _Refusal(AgentError):
    """A server does not take something now; `for_good` says that asking again is of no use."""

    def __init__(self, detail: str, *, for_good: bool = False, pause_s: float = 0.0) -> None:
        super().__init__(detail)
        self.for_good, self.pause_s = for_good, pause_s


class Uploads:
    """Files and events on their way up; `send_for_ever` is the body of its thread, all else may be called by any."""

    def __init__(
        self, broker: Broker, device: str, post: Callable[[Uploaded], None], pace: Pace, pauses: Pauses
    ) -> None:
        self._web = Web(broker, pace.connect_s, pace.silence_s)
        self._places = tuple(f"{origin}/up/{quote(device, safe='')}" for origin in broker.origins)
        self._post, self._pauses = post, pauses
        self._parcels: queue.SimpleQueue[_Parcel] = queue.SimpleQueue()

    def upload(self, name: str, path: str) -> None:
        """Bring a file to `{origin}/up/{device}/{name}`; `Uploaded` says how that went."""
        file = Path(path)
        media_type = MEDIA_TYPES.get(file.suffix, "application/octet-stream")
        self._parcels.put(_Parcel("PUT", name, media_type, file))

    def post_backlog(self, body: bytes) -> None:
        """Bring a batch of events (JSON) to `{origin}/up/{device}/events`; `Uploaded` of `events` tells the end."""
        self._parcels.put(_Parcel("POST", BACKLOG, MEDIA_TYPES[".json"], body=body))

    def send_for_ever(self) -> None:
        """Send one after the other; ends only by an exception, which is to end the process."""
        while True:
            parcel = self._parcels.get()
            self._post(Uploaded(parcel.name, self._send(parcel)))

    def _send(self, parcel: _Parcel) -> str:
        """Return why something has not arrived, "" when it has."""
        try:
            body = parcel.body if parcel.path is None else _read(parcel.path)
        except OSError as error:
            return f"{parcel.path}: cannot be read ({error.strerror})"
        if len(body) > MAX_BYTES:
            return f"{parcel.path}: has more than {MAX_BYTES} bytes, which is too much to send"
        return self._try_rounds(parcel, body)

    def _try_rounds(self, parcel: _Parcel, body: bytes) -> str:
        refusals: list[_Refusal] = []
        for round_no in range(ROUNDS):
            if round_no:
                time.sleep(self._pause_s(round_no, refusals))
            refusals = self._try_round(parcel, body)
            if not refusals:
                return ""
            if all(refusal.for_good for refusal in refusals):
                break
        return f"{parcel.name}: " + "; ".join(map(str, refusals))

    def _pause_s(self, round_no: int, refusals: list[_Refusal]) -> float:
        asked_s = min(refusal.pause_s for refusal in refusals)
        pause_s = self._pauses.pause_s(round_no - 1, random.random())  # noqa: S311 - nobody gains by guessing it
        return min(max(asked_s, pause_s), LONGEST_PAUSE_S)

    def _try_round(self, parcel: _Parcel, body: bytes) -> list[_Refusal]:
        """Return nothing when a server has taken it, else what each of them says."""
        refusals = []
        for place in self._places:
            try:
                self._hand_over(f"{place}/{quote(parcel.name, safe='')}", parcel, body)
            except _Refusal as refusal:
                refusals.append(refusal)
            else:
                return []
        return refusals

    def _hand_over(self, url: str, parcel: _Parcel, body: bytes) -> None:
        try:
            answer = self._web.send(parcel.method, url, body, parcel.media_type)
        except Unreached as error:
            raise _Refusal(f"{url} cannot be reached ({error}); check the network and the server") from error
        if not 200 <= answer.status < 300:
            pause_s = asked_pause_s(answer.headers)
            raise _Refusal(f"{url} answers {answer.status}", for_good=not is_busy(answer.status), pause_s=pause_s)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
