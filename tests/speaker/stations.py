"""Radio stations (đài) on this machine: a real Icecast server with a tone, that can be killed, halted and silenced."""

from __future__ import annotations

import getpass
import os
import secrets
import signal
import socket
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.waiting import until

CONFIG = """<icecast>
  <limits><sources>2</sources><clients>20</clients><source-timeout>60</source-timeout></limits>
  <authentication><source-password>{word}</source-password><admin-password>{word}</admin-password></authentication>
  <hostname>127.0.0.1</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths><logdir>{directory}</logdir><webroot>/usr/share/icecast2/web</webroot></paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><logsize>1000</logsize></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
"""
FIRST_PORT, PORTS = 20_000, 12_000
OWNER = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of 127.0.0.1 that nobody has at this moment.

    None of those that Linux gives to whoever connects (from 32768 on): a client of another test could have it before
    the server does, and even the one that asks whether the server is there, which then meets itself.
    """
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def tone(hz: int, until_s: float = 1e6, height: float = 0.25) -> list[str]:
    """Return ffmpeg's options for a tone that is made in real time, and is silence after so many seconds."""
    wave = f"aevalsrc='{height}*sin(2*PI*{hz}*t)*lt(t,{until_s})':s=44100:c=mono"
    return ["-re", "-f", "lavfi", "-i", wave]


class Sender:
    """An ffmpeg that sends a tone somewhere until it is ended."""

    def __init__(self, *options: str) -> None:
        """Start it."""
        command = ["ffmpeg", "-nostdin", "-v", "error", *options]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)

    def check(self) -> None:
        """Raise AssertionError with what it says if it has ended by itself."""
        assert self._process.poll() is None, self._process.communicate()[1]

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Station:
    """One Icecast server with one programme at `address`."""

    def __init__(self, directory: Path, hz: int, height: float = 0.25) -> None:
        """Take what it is to send, and how high of 1; nothing runs yet."""
        self._hz, self._height, self._port, self._word = hz, height, free_port(), secrets.token_hex(8)
        self.address = f"http://127.0.0.1:{self._port}/live"
        self._config = directory / f"icecast-{hz}.xml"
        log = directory / f"icecast-{hz}"
        log.mkdir()
        log.chmod(0o777)
        root = getpass.getuser() == "root"
        if root:
            for parent in (directory, *directory.parents):
                parent.chmod(parent.stat().st_mode | 0o001)
        owner = OWNER if root else ""
        self._config.write_text(CONFIG.format(word=self._word, port=self._port, directory=log, owner=owner))
        self._server: subprocess.Popen[bytes] | None = None
        self._sender: Sender | None = None

    def __enter__(self) -> Self:
        """Begin to send."""
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End all of it."""
        self.kill()

    def start(self, silent_after_s: float = 1e6) -> None:
        """Start the server and the programme, and wait until it can be heard."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._server = subprocess.Popen(["icecast2", "-c", str(self._config)], **quiet)  # type: ignore[call-overload]
        until(self._listens, 10)
        self.send(silent_after_s)

    def send(self, silent_after_s: float = 1e6) -> None:
        """Send the tone from now on, which breaks off what was sent before; silence after some seconds."""
        if self._sender:
            self._sender.end()
            self._sender = None
            until(lambda: not self._plays(), 10)
        to = f"icecast://source:{self._word}@127.0.0.1:{self._port}/live"
        codec = ("-c:a", "libmp3lame", "-b:a", "64k", "-content_type", "audio/mpeg", "-f", "mp3")
        self._sender = Sender(*tone(self._hz, silent_after_s, self._height), *codec, to)
        until(self._plays, 10)

    def halt(self) -> None:
        """Have the server do nothing any more, with all its connections open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End server and programme."""
        if self._sender:
            self._sender.end()
        if self._server:
            self._server.kill()
            self._server.wait()
        self._sender = self._server = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._server
        os.kill(self._server.pid, number)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def _plays(self) -> bool:
        if self._sender:
            self._sender.check()
        try:
            with urllib.request.urlopen(self.address, timeout=2) as answer:  # noqa: S310 - an address of ours
                return bool(answer.read(1))
        except OSError:
            return False
