"""A PulseAudio daemon of the tests' own, without any sound card: a null sink that can be listened to."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

from firmware_py.core.units import SECOND, MonoUs
from tests.speaker.listening import RATE_HZ, left
from tests.waiting import until

SINK = "room"
ROOM = ("module-null-sink", f"sink_name={SINK} rate={RATE_HZ} channels=2 format=s16le")


class PulseAudio:
    """The daemon; it can be ended and started again, as a card that is pulled out and put back."""

    def __init__(self, directory: Path) -> None:
        """Take where its socket and cookie live."""
        directory.mkdir(mode=0o700)
        self._directory, self._socket = directory, directory / "native"
        place = str(directory)
        self._own = {"XDG_RUNTIME_DIR": place, "PULSE_RUNTIME_PATH": place, "HOME": place}
        self.env = {"PULSE_SERVER": f"unix:{self._socket}", "PULSE_SINK": SINK, "PULSE_COOKIE": f"{place}/cookie"}

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self.stop()

    def start(self) -> None:
        """Start the daemon, and wait until it can be reached."""
        modules = (
            " ".join(ROOM),
            f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}",
        )
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]
        loads = [f"--load={module}" for module in modules]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._daemon = subprocess.Popen(["pulseaudio", *options, *loads], env={**os.environ, **self._own}, **quiet)  # type: ignore[call-overload]
        until(self._socket.exists, 10)

    def load(self, module: str, shape: str) -> None:
        """Load a module."""
        self._control("load-module", module, *shape.split())

    def remove_room(self) -> None:
        """Take the sink away from under whoever plays to it; the daemon lives on."""
        self._control("unload-module", ROOM[0])

    def make_room(self) -> None:
        """Put the sink back."""
        self.load(*ROOM)

    def _control(self, *words: str) -> None:
        subprocess.run(["pactl", *words], check=True, env={**os.environ, **self.env}, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        """End the daemon at once."""
        self._daemon.kill()
        self._daemon.wait()
        self._socket.unlink(missing_ok=True)


class Listener:
    """Records the monitor of the null sink: what a listener in the room would hear."""

    def __init__(self, pulse: PulseAudio, latency_ms: int = 4) -> None:
        """Begin to record, in chunks of about so many milliseconds."""
        # The sink renders ahead by what its most impatient client asks for: the recording is early by as much.
        sample = ["--format=s16le", f"--rate={RATE_HZ}", "--channels=2", f"--latency-msec={latency_ms}"]
        command = ["parec", "--raw", *sample, "-d", f"{SINK}.monitor"]
        self._parec = subprocess.Popen(command, env={**os.environ, **pulse.env}, stdout=subprocess.PIPE)
        self.chunks: list[tuple[MonoUs, bytes]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        until(lambda: self.chunks, 10)

    def stop(self) -> None:
        """End the recording."""
        self._parec.terminate()
        self._parec.wait()
        self._thread.join()
        if self._parec.stdout:
            self._parec.stdout.close()

    @property
    def sound(self) -> bytes:
        """The left channel."""
        return left(b"".join(chunk for _, chunk in self.chunks))

    @property
    def start_us(self) -> MonoUs:
        """When the first frame was heard, from when the chunks came; a little late at most."""
        heard, starts = 0, []
        for at_us, chunk in self.chunks:
            heard += len(chunk) // 4
            starts.append(at_us - heard * SECOND // RATE_HZ)
        return sorted(starts)[len(starts) // 10]

    @property
    def heard_until_us(self) -> MonoUs:
        """When the last chunk came."""
        return self.chunks[-1][0]

    def _listen(self) -> None:
        assert self._parec.stdout is not None
        while chunk := os.read(self._parec.stdout.fileno(), 1 << 16):
            self.chunks.append((time.monotonic_ns() // 1000, chunk))
