"""What the agent asks of the process that reads feeds: one feed, read once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """Read the feed at `source`, unless it is still the version that `etag` and `modified` name.

    `answer_s` is the time for all of it. `ca`: who vouches for the server, "" for the public authorities.
    """

    source: str
    etag: str = ""
    modified: str = ""
    answer_s: float = 30.0
    ca: str = ""
