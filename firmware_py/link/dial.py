"""From the config to an open connection: certificates, address, TCP, TLS, CONNECT."""

from __future__ import annotations

import socket
from itertools import count

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import Broker
from firmware_py.link.letters import Account
from firmware_py.link.mqtt import Connection
from firmware_py.link.reasons import explain
from firmware_py.link.terms import Terms
from firmware_py.link.tls import make_context


class Dialer:
    """Connects to the broker of the config; of several addresses it takes another one at each attempt."""

    def __init__(self, settings: Broker, account: Account, terms: Terms) -> None:
        self._settings, self._account, self._terms = settings, account, terms
        self._attempts = count()

    def __call__(self, number: int) -> Connection:
        """Return an open connection whose will names `number`; raise `Unavailable` with what is to be mended."""
        settings = self._settings
        context = make_context(settings)
        connection = Connection(self._account, number, settings.keepalive_s, self._terms)
        try:
            connection.open(self._address(), settings.port, context)
        except (OSError, UnicodeError) as error:
            what = f"{settings.host}:{settings.port}: {explain(error)}"
            raise Unavailable(Code.LINK_DOWN, what) from error
        return connection

    def _address(self) -> str:
        """Return one address, not all: the time that a name with many dead ones takes must have a bound."""
        found = socket.getaddrinfo(self._settings.host, self._settings.port, type=socket.SOCK_STREAM)
        return str(found[next(self._attempts) % len(found)][4][0])
