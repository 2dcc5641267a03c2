"""A linked box with nothing to do: what it writes to its card and sends over its network, in a day.

A real loudspeaker agent and output, a real source over TLS; between them a relay that counts bytes of TCP payload
both ways, and strace on the agent that counts syncs. `TTCS_IDLE_SECONDS` is how long is measured, after
a minute in which the box settles; a day is reckoned from that. Heartbeats, of which that time may have none, are
measured at a brisk pace afterwards and added. Headers of IP and TCP come on top.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from benchmarks.alert import source
from benchmarks.report import Report, Row, machine
from firmware_py.core.units import DAY, SECOND
from firmware_py.field.province.place import Place
from firmware_py.runtime.status import read_status

ROOT = Path(__file__).resolve().parents[1]
SETTLE_S = 60.0
HEARTBEAT_S = 3600.0
"""The default of a box."""

BRISK_S, NEVER_S = 10.0, 86_400.0
_TTCS = (sys.executable, "-P", "-m", "firmware_py.field.main")


def run() -> Report:
    """Leave a box alone; return what it did all the same."""
    seconds = float(os.environ.get("TTCS_IDLE_SECONDS", "600"))
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        with source(work) as place, Relay(place) as relay:
            _enrol(work)
            with _box(work, relay.port, NEVER_S) as pid:
                time.sleep(SETTLE_S)
                before = relay.count, _written(pid)
                syncs = _syncs(pid, seconds, work)
                network, written = relay.count - before[0], _written(pid) - before[1]
            beat = _beat(work, relay, network / seconds)
    days = seconds * SECOND / DAY
    quiet, beats = network / days, DAY / SECOND / HEARTBEAT_S * beat
    return {
        "name": "idle",
        "machine": machine(),
        "rows": [
            _row("syncs a minute", "", syncs / seconds * 60, 1.0),
            _row("written to the disk in a day", "KB", written / days / 1000, None),
            _row("keep-alive in a day, TCP payload both ways", "KB", quiet / 1000, None),
            _row("a heartbeat", "bytes", beat, None),
            _row("network in a day, TCP payload both ways", "KB", (quiet + beats) / 1000, 50.0),
        ],
    }


class Relay:
    """A port in front of the broker that counts what goes through."""

    def __init__(self, place: Place) -> None:
        self._broker = (place.facts().near, place.facts().mqtt_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.count = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._broker)
            threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        ways = {near: far, far: near}
        while True:
            for ready in select.select(list(ways), [], [])[0]:
                try:
                    chunk = ready.recv(65536)
                except ConnectionResetError:
                    chunk = b""
                if not chunk:
                    near.close()
                    far.close()
                    return
                self.count += len(chunk)
                ways[ready].sendall(chunk)


def _enrol(work: Path) -> None:
    command = [*_TTCS, "enrol", str(work / "province"), "speaker", "--out", str(work / "box"), "--id", "box"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _beat(work: Path, relay: Relay, quiet_bytes_per_s: float) -> float:
    """Return how many bytes a heartbeat takes, from some that come in quick succession."""
    with _box(work, relay.port, BRISK_S):
        time.sleep(SETTLE_S)
        before, beats = relay.count, 9
        time.sleep(BRISK_S * beats)
        return (relay.count - before) / beats - quiet_bytes_per_s * BRISK_S


@contextmanager
def _box(work: Path, port: int, heartbeat_s: float) -> Iterator[int]:
    """Run an enrolled loudspeaker by way of a port; give the number of its agent's process."""
    out = work / "box"
    # The defaults of a box in the field, not those that enrolling gives a desk.
    settings = [f"link.broker.port={port}", f"link.heartbeat_s={heartbeat_s}", 'sound.sink="null"']
    memory = Path(tempfile.mkdtemp(dir="/dev/shm"))  # as /run is on a box
    settings.append(f'device.run_dir="{memory}"')
    words = [word for setting in settings for word in ("--set", setting)]
    with subprocess.Popen(
        [*_TTCS, "run", "speaker", "--config", str(out / "speaker.toml"), *words, "--log", "ERROR"], cwd=ROOT
    ) as agent:
        try:
            while (status := read_status(memory / "status.json")) is None or status.output != "ready":
                time.sleep(0.1)
            yield agent.pid
        finally:
            agent.terminate()
            agent.wait()
            shutil.rmtree(memory)


def _syncs(pid: int, seconds: float, work: Path) -> int:
    """Return how often all threads of a process wait for the disk in some seconds."""
    strace = shutil.which("strace")
    if strace is None:
        raise FileNotFoundError("strace is not installed; ./ttcs bench installs it")
    log = work / "strace.txt"
    calls = "trace=fsync,fdatasync,sync_file_range,msync"
    with subprocess.Popen([strace, "-f", "-q", "-e", calls, "-o", str(log), "-p", str(pid)]) as tracer:
        time.sleep(seconds)
        tracer.terminate()
    return len(re.findall(r"\b(?:fsync|fdatasync|sync_file_range|msync)\(", log.read_text()))


def _written(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def _row(what: str, unit: str, ours: float, target: float | None) -> Row:
    return Row(
        what=what,
        unit=unit,
        ours=round(ours, 2),
        peer_name="",
        peer=None,
        ratio=None,
        target=target,
        ok=None if target is None else ours <= target,
    )
