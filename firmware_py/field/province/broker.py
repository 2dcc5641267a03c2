"""A mosquitto of the province's own: TLS, client certificates, the certificate's name as user and client id."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from firmware_py.core.errors import Code, Unavailable
from firmware_py.field.province.place import Facts, Place, write_file
from firmware_py.link.crypto.certificates import Identity

START_LIMIT_S = 10.0
STOP_LIMIT_S = 5.0
POLL_S = 0.01
SBIN = "/usr/sbin"
SHOWN_LINES = 5

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "mosquitto"
"""The config and access list that a real broker has too; here only the paths and the listener are others."""


class Broker:
    """A running mosquitto; `kill` and a new one in its place are what a power cut is."""

    def __init__(self, directory: Path, process: subprocess.Popen[bytes]) -> None:
        self._directory, self.process = directory, process

    @classmethod
    def start(cls, place: Place, facts: Facts, ca: Path, identity: Identity) -> Self:
        """Start the broker and wait until it answers; raise `Unavailable` with what it says when it does not."""
        program = _program()
        check_port(facts.bind, facts.mqtt_port)
        config = _write_config(place, facts, ca, identity)
        with (place.broker / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                (*_dies_with_us(), program, "-c", str(config)),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C on the terminal is for us: we end it when our last word is sent
            )
        broker = cls(place.broker, process)
        broker._await(facts.near, facts.mqtt_port)
        return broker

    @property
    def ended(self) -> str:
        """What the broker said last when it has ended by itself, "" while it runs."""
        return "" if self.process.poll() is None else (self._said() or f"status {self.process.returncode}")

    def stop(self) -> None:
        """End the broker; it saves what it holds."""
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the broker without a chance to save anything."""
        self.process.kill()
        self.process.wait()

    def _await(self, host: str, port: int) -> None:
        deadline_s = time.monotonic() + START_LIMIT_S
        while not _answers(host, port):
            if self.ended or time.monotonic() > deadline_s:
                said = self.ended or "it does not answer"
                self.kill()
                raise Unavailable(Code.LINK_DOWN, f"mosquitto does not start: {said} (log in {self._directory})")
            time.sleep(POLL_S)

    def _said(self) -> str:
        with suppress(OSError):
            return " / ".join((self._directory / "log.txt").read_text(errors="replace").splitlines()[-SHOWN_LINES:])
        return ""


def check_port(bind: str, port: int) -> None:
    """Raise `Unavailable` when something else has a port already."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            what = f"port {port} on {bind} cannot be had ({error.strerror}); end what has it, or give other ports"
            raise Unavailable(Code.LINK_DOWN, f"{what} with --mqtt-port and --https-port") from error


def free_port(bind: str) -> int:
    """Return a port that nothing has now."""
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.bind((bind, 0))
        return int(probe.getsockname()[1])


def _program() -> str:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path=SBIN)
    if program is None:
        what = "mosquitto is not installed; it is the broker between source and boxes: apt-get install mosquitto"
        raise Unavailable(Code.NOT_SUPPORTED, what)
    return program


def _dies_with_us() -> tuple[str, ...]:
    """Return what has the kernel end the broker when this process is killed, where there is such a program."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()


def _write_config(place: Place, facts: Facts, ca: Path, identity: Identity) -> Path:
    access, config = place.broker / "acl", place.broker / "mosquitto.conf"
    own = {
        "listener": f"{facts.mqtt_port} {facts.bind}",
        "cafile": str(ca.resolve()),
        "certfile": str(identity.cert_path.resolve()),
        "keyfile": str(identity.key_path.resolve()),
        "acl_file": str(access.resolve()),
        "persistence_location": f"{place.broker.resolve()}/",
        "log_dest": "stdout",
    }
    write_file(access, _shipped("acl").encode())
    access.chmod(0o600)
    user = f"user {getpass.getuser()}\n"  # started by root, mosquitto would become somebody who may not read the keys
    write_file(config, (user + with_values(_shipped("mosquitto.conf"), own)).encode())
    return config


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return a config of mosquitto with other values for some of its keys, all of which it must have."""
    lines, left = [], dict(values)
    for line in text.splitlines():
        key = line.partition(" ")[0]
        lines.append(f"{key} {left.pop(key)}" if key in left else line)
    if left:
        raise Unavailable(Code.NOT_SUPPORTED, f"mosquitto.conf has no {', '.join(left)}; take the one of this version")
    return "\n".join(lines) + "\n"


def _shipped(name: str) -> str:
    try:
        return (SHIPPED / name).read_text(encoding="utf-8")
    except OSError as error:
        what = f"{SHIPPED / name}: cannot be read ({error.strerror}); run this from a whole checkout"
        raise Unavailable(Code.FOLDER_UNREADABLE, what) from error


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1.0).close()
    except OSError:
        return False
    return True
