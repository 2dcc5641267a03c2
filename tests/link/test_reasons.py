"""Why a connection ended, in words: the same end has the same words, whatever Python and OpenSSL call it."""

from __future__ import annotations

import ssl

import pytest

from firmware_py.link.reasons import explain


def said(kind: type[ssl.SSLError], reason: str) -> ssl.SSLError:
    """Return an error as the ssl module raises it."""
    error = kind(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    "error",
    [
        said(ssl.SSLEOFError, "UNEXPECTED_EOF_WHILE_READING"),
        said(ssl.SSLError, "UNEXPECTED_EOF_WHILE_READING"),
        ConnectionResetError(),
        BrokenPipeError(),
    ],
)
def test_a_connection_that_ends_without_a_word_was_cut(error: OSError) -> None:
    """A broker that is killed is no fault of anybody's TLS port."""
    assert explain(error) == "the connection was cut"


def test_a_port_that_speaks_no_tls_is_named() -> None:
    """What is heard there is no TLS: the config's port is to be looked at."""
    assert "check that link.broker.port is the broker's TLS port" in explain(said(ssl.SSLError, "WRONG_VERSION_NUMBER"))
