"""Addresses of live streams, and whose a box may listen to."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from firmware_py.core.shape import Parse

MAX_ADDRESS_LETTERS = 2048
WITHOUT_SERVER = frozenset({"rtp", "udp"})
"""Schemes where whoever sends decides what is heard: the network must be one's own."""

_ORIGIN = r"(https?|rtsp|rtp|udp)://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?"
_is_origin = re.compile(_ORIGIN).fullmatch
_is_address = re.compile(rf"({_ORIGIN})(?:[/?][!\"$-~]*)?").fullmatch


def _read_address(text: str) -> str:
    """Return the address of a stream as it was written, once it is sure that it can be one."""
    found = _is_address(text) if len(text) <= MAX_ADDRESS_LETTERS else None
    if found is None:
        raise ValueError(f"{text[:80]!r} is no stream; write https, http, rtsp, rtp or udp, ://HOST:PORT/PATH in ASCII")
    if found[2] in WITHOUT_SERVER and not found[3]:
        raise ValueError(f"{text[:80]!r} has no port; write it like {found[2]}://239.1.2.3:5004")
    return text


def _read_origin(text: str) -> str:
    if not _is_origin(text):
        raise ValueError(f"{text[:80]!r} is no origin; write it like https://stream.kontum.example:8443")
    return text.lower()


StreamAddress: TypeAlias = Annotated[str, Parse(_read_address)]
StreamOrigin: TypeAlias = Annotated[str, Parse(_read_origin)]


def pinned(addresses: tuple[str, ...], origins: frozenset[str]) -> tuple[str, ...]:
    """Return those addresses whose origin the config of this box names."""
    return tuple(address for address in addresses if origin_of(address) in origins)


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address, in the form of a `StreamOrigin`; "" when it has none."""
    found = _is_address(address)
    return found[1].lower() if found else ""
