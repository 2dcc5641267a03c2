"""What the loudspeaker's tests share: media, libVLC, a PulseAudio of their own, output processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_py.core.settings import Relay, Sound
from firmware_py.speaker.decoder import Decoder
from tests.speaker.outputs import OutputProcess
from tests.speaker.pulse import PulseAudio
from tests.speaker.samples import make_formats, make_joint

StartOutput = Callable[..., OutputProcess]


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the same two seconds of sound in every format, and a tone cut in two."""
    directory = tmp_path_factory.mktemp("media")
    make_formats(directory)
    make_joint(directory)
    return directory


@pytest.fixture(scope="session")
def decoder() -> Decoder:
    """libVLC, started once, giving 48 kHz."""
    decoder = Decoder(48_000)
    decoder.warm_up()
    return decoder


@pytest.fixture
def start_output(tmp_path: Path) -> Iterator[StartOutput]:
    """A function that starts an output process with a null sink and a recording; all of them end with the test."""
    started: list[OutputProcess] = []

    def start(env: dict[str, str] | None = None, relay: Relay | None = None, **sound: object) -> OutputProcess:
        settings = {"sink": "null", "record_to": str(tmp_path / "recording.wav"), **sound}
        started.append(OutputProcess(Sound(**settings), env or {}, relay or Relay()))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for output in started:
        output.kill()


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[PulseAudio]:
    """A PulseAudio daemon with a null sink, whose monitor can be recorded."""
    with PulseAudio(tmp_path / "pulse") as daemon:
        yield daemon
