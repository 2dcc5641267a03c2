"""The TLS side of the link to the broker: both sides show a certificate, and only one authority is believed."""

from __future__ import annotations

import errno
import socket
import ssl

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import Broker


class Tap(ssl.SSLSocket):
    """A TLS socket that remembers how it ended, and reads no packet that is larger than it may be.

    `closed` is true when the other side has said goodbye; a connection that was cut only has `error`.
    """

    error: OSError | None = None
    closed: bool = False
    packet_max_bytes: int = 2**28

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read; paho asks for the rest of a packet at once, so one that is too large is seen before it has come."""
        if buflen > self.packet_max_bytes:
            self.error = OSError(errno.EMSGSIZE, "the broker sends a packet that is too large")
            raise self.error
        try:
            found = super().recv(buflen, flags)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError as error:
            self.error = error
            raise
        self.closed = not found
        return found


class Context(ssl.SSLContext):
    """Makes `Tap`s to the host that the config names, whichever of its addresses the connection goes to."""

    sslsocket_class = Tap
    host: str

    def wrap_socket(self, sock: socket.socket, *_: object, **__: object) -> ssl.SSLSocket:
        """Return a socket whose handshake is done; a time-out of `sock` bounds that. Raises `OSError`."""
        tap = super().wrap_socket(
            sock, do_handshake_on_connect=False, suppress_ragged_eofs=False, server_hostname=self.host
        )
        try:
            tap.do_handshake()
        except BaseException:
            tap.close()
            raise
        return tap


def make_context(settings: Broker) -> Context:
    """Return what the config says about TLS, read from its files anew; raise `Unavailable` when they are no good."""
    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    context.host = settings.host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # So that a cut connection does not look like one that the broker closed.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    try:
        context.load_verify_locations(settings.ca)
    except OSError as error:
        what = f"link.broker.ca {settings.ca}: {_fault(error)}; put the authority's certificate (PEM) there"
        raise Unavailable(Code.LINK_DOWN, what) from error
    try:
        # An empty password, because without one OpenSSL would ask for it on the terminal.
        context.load_cert_chain(settings.certificate, settings.key, password="")
    except OSError as error:
        what = (
            f"link.broker.certificate {settings.certificate}, key {settings.key}: {_fault(error)}; enrol the box anew"
        )
        raise Unavailable(Code.LINK_DOWN, what) from error
    return context


def _fault(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"cannot be used ({(error.reason or 'no PEM').lower().replace('_', ' ')})"
    return error.strerror or str(error)
