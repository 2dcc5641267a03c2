"""Why a connection could not be made or has ended, in words that tell a technician what to mend."""

from __future__ import annotations

import socket
import ssl

_CERTIFICATE_ADVICE = {
    9: "it is not valid yet; set the clock of this box",  # X509_V_ERR_CERT_NOT_YET_VALID
    10: "it has expired; renew it on the server, or set the clock of this box",  # X509_V_ERR_CERT_HAS_EXPIRED
    62: "it is for another host name; mend link.broker.host or the certificate",  # X509_V_ERR_HOSTNAME_MISMATCH
    64: "it is for another address; mend link.broker.host or the certificate",  # X509_V_ERR_IP_ADDRESS_MISMATCH
}
_CUT = "UNEXPECTED_EOF_WHILE_READING"
"""What OpenSSL 3 says of a connection that ends without a word, and some versions of Python do not know for one."""

_UNKNOWN_AUTHORITY = "it is not signed by link.broker.ca; check that file and whom the box is talking to"


def explain(error: BaseException) -> str:
    """Return one sentence about an error of the network or of TLS, without anything that changes by itself."""
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"the broker's certificate is refused: {_CERTIFICATE_ADVICE.get(error.verify_code, _UNKNOWN_AUTHORITY)}"
            )
        case ssl.SSLError() if isinstance(error, ssl.SSLEOFError) or error.reason == _CUT:
            return "the connection was cut"
        case ssl.SSLError() if "ALERT" in (error.reason or ""):
            return f"the broker refuses this box's certificate ({_words(error.reason)}); enrol the box anew"
        case ssl.SSLError():
            return f"TLS fails ({_words(error.reason)}); check that link.broker.port is the broker's TLS port"
        case socket.gaierror() | UnicodeError():
            return "the name is not found; check link.broker.host and the name server"
        case _:
            return _explain_network(error)


def _explain_network(error: BaseException) -> str:
    match error:
        case ConnectionRefusedError():
            return "nothing listens there; check link.broker.port and that the broker runs"
        case TimeoutError():
            return "it does not answer; check the network"
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return "the connection was cut"
        case OSError():
            return f"{error.strerror or error}; check the network"
        case _:
            return f"{type(error).__name__}: {error}"


def _words(name: str | None) -> str:
    return (name or "no reason").lower().replace("_", " ")
