"""The way to the province: names, certificates, broker, content servers, and their clock beside ours.

Nothing here speaks MQTT: the broker knows a box by its certificate, and a second connection would throw the agent out.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from firmware_py.core.errors import Unavailable
from firmware_py.core.settings import Broker
from firmware_py.core.trust import Rejected, read_own_keyring
from firmware_py.core.units import to_datetime
from firmware_py.field.checkup.agent import running
from firmware_py.field.checkup.finding import Box, Finding, bad, doubtful, good, split
from firmware_py.link.crypto import files
from firmware_py.link.crypto.certificates import validity
from firmware_py.link.crypto.signing import verify
from firmware_py.link.tls import make_context

TIMEOUT_S = 8.0
SOON = timedelta(days=60)
MOST_APART = timedelta(minutes=2)
_ENROL = "enrol the box anew"


def look(box: Box) -> Iterator[Finding]:
    """Yield how the way to the source is."""
    link = box.settings.link
    if link.kind == "folder":
        yield _folder(Path(link.path))
        return
    yield _keyring(Path(link.keyring))
    if link.broker is None:  # refused when the config was read
        return
    yield from _certificate(Path(link.broker.certificate))
    try:
        context = make_context(link.broker)
    except Unavailable as error:
        yield split("keys", error.detail)
        return
    yield from _servers(link.broker, context)
    yield from _agents_word(box)


def _folder(path: Path) -> Finding:
    if not path.is_dir():
        return bad("link", f"link.path {path} is no directory", "make it, or write where the schedule lies")
    return good("link", f"the folder {path} is there; whoever can write to it decides what goes on air")


def _keyring(path: Path) -> Finding:
    try:
        keyring = read_own_keyring(files.read(path, private=False), verify)
    except Unavailable as error:
        return split("keys", error.detail)
    except Rejected as error:
        return bad("keys", f"{path}: {error.detail}", "bring the province's keyring, as ttcs enrol writes it")
    until = to_datetime(keyring.expires)
    if until < datetime.now(UTC):
        return bad("keys", f"the keyring was good until {until:%d/%m/%Y}", "have the province send a new one")
    return good("keys", f"keyring {keyring.version} is good until {until:%d/%m/%Y}")


def _certificate(path: Path) -> Iterator[Finding]:
    try:
        since, until = validity(path)
    except Unavailable as error:
        yield split("keys", error.detail)
        return
    now = datetime.now(UTC)
    if not since <= now < until:
        span = f"{since:%d/%m/%Y} to {until:%d/%m/%Y}"
        yield bad("keys", f"the box's certificate is good from {span}", f"set the clock right, or {_ENROL}")
    elif until - now < SOON:
        yield doubtful("keys", f"the box's certificate is good until {until:%d/%m/%Y} only", _ENROL)
    else:
        yield good("keys", f"the box's certificate is good until {until:%d/%m/%Y}")


def _servers(broker: Broker, context: ssl.SSLContext) -> Iterator[Finding]:
    try:
        socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM)
    except OSError as error:
        remedy = "check the network, the SIM card and the name server (resolvectl status), and link.broker.host"
        yield bad("network", f"the name {broker.host} is not known ({error.strerror})", remedy)
        return
    yield good("network", f"the name {broker.host} is known")
    yield _broker(broker, context)
    for origin in broker.origins:
        yield from _content(origin, context)


def _broker(broker: Broker, context: ssl.SSLContext) -> Finding:
    where = f"{broker.host}:{broker.port}"
    try:
        with (
            socket.create_connection((broker.host, broker.port), TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=broker.host),
        ):
            pass
    except ssl.SSLCertVerificationError as error:
        remedy = "the broker needs a certificate of the authority in link.broker.ca, for this name and in its time"
        return bad("broker", f"{where}: its certificate is not believed ({error.verify_message})", remedy)
    except ssl.SSLError as error:
        return bad("broker", f"{where}: TLS fails ({error.reason})", f"check link.broker.port, or {_ENROL}")
    except OSError as error:
        what = error.strerror or "no answer"
        return bad(
            "broker", f"{where}: cannot be reached ({what})", "check that it runs, and every firewall in between"
        )
    return good("broker", f"{where} answers with a certificate that is believed")


def _content(origin: str, context: ssl.SSLContext) -> Iterator[Finding]:
    """Ask a content server for nothing, and what time it is there."""
    parts = urlsplit(origin)
    connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=context)
    try:
        with closing(connection):
            connection.request("HEAD", "/")
            date = connection.getresponse().getheader("Date", "")
    except (OSError, HTTPException) as error:
        remedy = "check that it runs, its certificate, and every firewall in between"
        yield bad("content", f"{origin}: cannot be asked ({error})", remedy)
        return
    yield good("content", f"{origin} answers")
    yield from _clocks(origin, date)


def _clocks(origin: str, date: str) -> Iterator[Finding]:
    try:
        apart = datetime.now(UTC) - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return
    if abs(apart) > MOST_APART:
        way = "ahead of" if apart > timedelta() else "behind"
        said = f"this box is {abs(apart).total_seconds():.0f} s {way} {origin}"
        yield bad("clock", said, "check systemd-timesyncd here, and the clock there")
    else:
        yield good("clock", f"it agrees with {origin}")


def _agents_word(box: Box) -> Iterator[Finding]:
    """Yield what only the agent's own connection can tell: whether the broker lets it hear and be heard."""
    status = running(box)
    if status is None:
        return
    link = status.link
    if not link.up:
        yield bad("broker", "the agent is not connected", "the other lines here say why, or its log")
    elif not link.answered:
        remedy = "check the broker's access list (config/mosquitto/acl), and that the source runs"
        yield bad("broker", "the source has not answered the agent on this connection", remedy)
    else:
        yield good("broker", "the source has answered the agent")
    if link.waiting:
        yield doubtful("broker", f"{link.waiting} events wait for the source", "wait, or bring them with ttcs export")
