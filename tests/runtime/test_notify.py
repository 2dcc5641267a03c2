"""What systemd is told, by its own protocol, over a real socket."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.runtime.notify import MAX_STATUS_LETTERS, Systemd


@pytest.fixture(name="address", params=["path", "abstract"])
def _address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address as systemd puts it into NOTIFY_SOCKET: a path, or a name without a file after an @."""
    return f"@ttcs-test-{tmp_path}" if request.param == "abstract" else str(tmp_path / "notify")


@pytest.fixture(name="ear")
def _ear(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + address[1:] if address.startswith("@") else address)
        ear.settimeout(5)
        yield ear


def heard(ear: socket.socket) -> list[str]:
    """Return the lines of one datagram."""
    return ear.recv(65_536).decode().split("\n")


def test_each_word_is_what_systemd_expects(address: str, ear: socket.socket) -> None:
    """Ready, alive and stopping, each as one datagram with the words of sd_notify(3)."""
    systemd = Systemd(address)
    systemd.ready("Bản tin sáng")
    systemd.alive("nothing on air")
    systemd.stopping()
    assert heard(ear) == ["READY=1", "STATUS=Bản tin sáng"]
    assert heard(ear) == ["WATCHDOG=1", "STATUS=nothing on air"]
    assert heard(ear) == ["STOPPING=1"]


def test_a_title_is_never_another_word_of_the_protocol(address: str, ear: socket.socket) -> None:
    """Line breaks in a title become spaces, and one of any length fits into a datagram."""
    systemd = Systemd(address)
    systemd.alive("Tin\nWATCHDOG=trigger\r\nMAINPID=1")
    systemd.alive("ô" * 1_000_000)
    assert heard(ear) == ["WATCHDOG=1", "STATUS=Tin WATCHDOG=trigger MAINPID=1"]
    assert heard(ear) == ["WATCHDOG=1", "STATUS=" + "ô" * MAX_STATUS_LETTERS]


def test_a_systemd_that_does_not_read_holds_nobody_up(address: str, ear: socket.socket) -> None:
    """When the socket's queue is full, words are left out; the next one after that arrives again."""
    systemd = Systemd(address)
    for number in range(2000):
        systemd.alive(f"{number}")
    assert heard(ear) == ["WATCHDOG=1", "STATUS=0"]
    systemd.stopping()
    words = [heard(ear)]
    while words[-1] != ["STOPPING=1"]:
        words.append(heard(ear))
    assert len(words) < 2000


def test_a_socket_that_is_gone_is_told_once_and_is_no_reason_to_end(
    address: str, ear: socket.socket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a listener the agent goes on and says so in the log, once until somebody listens again."""
    systemd = Systemd(address)
    ear.close()
    (tmp_path / "notify").unlink(missing_ok=True)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            systemd.alive("")
    assert len(caplog.messages) == 1
    assert "cannot be reached" in caplog.messages[0]


def test_without_systemd_nothing_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    """An empty address: every call does nothing, and there is nothing to complain of."""
    systemd = Systemd("")
    systemd.ready("")
    systemd.alive("")
    systemd.stopping()
    assert caplog.messages == []
