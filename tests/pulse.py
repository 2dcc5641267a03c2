"""A real PulseAudio server of our own with a null sink, and a recording of what is played to it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import until

RATE_HZ = 48_000
BYTES_PER_FRAME = 4


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: `environment` makes clients use it."""

    environment: dict[str, str]


@contextmanager
def server(directory: Path) -> Iterator[Server]:
    """Run a PulseAudio daemon whose only sink is `room`, until the block ends. Sockets need short paths."""
    directory.chmod(0o700)
    socket = directory / "native"
    own = {"XDG_RUNTIME_DIR": str(directory), "PULSE_RUNTIME_PATH": str(directory), "HOME": str(directory)}
    command = [
        *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"),
        f"--log-target=file:{directory / 'log'}",
        f"--load=module-null-sink sink_name=room rate={RATE_HZ} channels=2 format=s16le",
        f"--load=module-native-protocol-unix auth-anonymous=1 socket={socket}",
    ]
    with subprocess.Popen(command, env={**os.environ, **own}) as daemon:
        try:
            until(socket.exists, 10)
            clients = {"PULSE_SERVER": f"unix:{socket}", "PULSE_SINK": "room", "PULSE_COOKIE": str(directory / "cookie")}
            yield Server({**os.environ, **own, **clients})
        finally:
            daemon.terminate()


class Recording:
    """What the sink's monitor gives, with the instant at which its first frame was heard."""

    def __init__(self, pulse: Server) -> None:
        command = ["parec", "--device=room.monitor", "--format=s16le", f"--rate={RATE_HZ}", "--latency-msec=10"]
        self._process = subprocess.Popen(command, env=pulse.environment, stdout=subprocess.PIPE)
        self._blocks: list[bytes] = []
        self._frames = 0
        self.first_us = time.time_ns()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        until(lambda: self._frames)

    def _read(self) -> None:
        assert self._process.stdout
        while block := self._process.stdout.read1(65536):
            self._blocks.append(block)
            self._frames += len(block) // BYTES_PER_FRAME
            # A block arrives at the earliest when its last frame was heard: the earliest claim is the best one.
            self.first_us = min(self.first_us, time.time_ns() // 1000 - self._frames * 1_000_000 // RATE_HZ)

    def stop(self) -> bytes:
        """End the recording; return its PCM, 16 bits, two channels."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        return b"".join(self._blocks)
