"""Files decoded away from the board: a child process for each, watched by a thread that only posts the results.

A picture has one result and is done. A film has one when its first frame is ready, and another when it cannot go on.
The pixels come in memory that both processes share: they are copied nowhere, and all of it is given back when the
picture is no longer shown, which `malloc` does not do for megabytes that come and go.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from firmware_py.board.video.process import FilmProcess, FilmWish
from firmware_py.board.visual import Document, Head, Picture, Visual, Wanted, visual_of
from firmware_py.core.codec import from_json, from_json_as
from firmware_py.core.errors import Code, Malformed, Unplayable
from firmware_py.core.messages import Trouble
from firmware_py.core.settings import FilmSound
from firmware_py.core.units import DurationUs

TIMEOUT_S = 30.0

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a picture."""

    wanted: Wanted
    result: Visual | Unplayable


Result: TypeAlias = Visual | Unplayable | Trouble


class _Process(Protocol):
    """Something that decodes one file."""

    def kill(self) -> None:
        """End it; harmless when it has ended."""

    def results(self) -> Iterator[Result]:
        """Yield what becomes of it; blocks in between."""


class Decoder:
    """Starts decodings and hands what becomes of them to `post`, in its own threads."""

    def __init__(
        self,
        post: Callable[[Decoded | Trouble], None],
        *,
        sound: FilmSound = FilmSound(sink="off"),  # noqa: B008 - frozen
        clock_offset_us: DurationUs = 0,
    ) -> None:
        """Take the place where results go; it must be safe to call from any thread. Films are heard by `sound`."""
        self._post = post
        self._sound = sound
        self._clock_offset_us = clock_offset_us
        self._children: dict[Wanted, _Process] = {}

    def start(self, wanted: Wanted, volume_pct: int = 100) -> None:
        """Begin with a file; of a film the volume is what it begins with."""
        child = self._children[wanted] = self._begin(wanted, volume_pct)
        threading.Thread(target=self._watch, args=(wanted, child), name="picture", daemon=True).start()

    def stop(self, wanted: Wanted) -> None:
        """Forget a file, and give it up if it is not done: nothing is posted then."""
        child = self._children.pop(wanted, None)
        if child is not None:
            child.kill()

    def close(self) -> None:
        """Give all files up."""
        for wanted in list(self._children):
            self.stop(wanted)

    def _begin(self, wanted: Wanted, volume_pct: int) -> _Process:
        if not wanted.is_film:
            return _Child(wanted)
        sound = self._sound if wanted.heard else FilmSound(sink="off")
        zone_px = wanted.width_px, wanted.height_px
        offset_us = self._clock_offset_us
        when_us = wanted.start_us, wanted.from_us
        return FilmProcess(FilmWish(wanted.path, zone_px, wanted.fit, *when_us, volume_pct, sound, offset_us))

    def _watch(self, wanted: Wanted, child: _Process) -> None:
        for result in child.results():
            # A child that was stopped fails too; by then the same file may have been started again.
            if self._children.get(wanted) is child:
                self._post(result if isinstance(result, Trouble) else Decoded(wanted, result))


def decode(wanted: Wanted, position_us: DurationUs = 0) -> Picture | Document:
    """Decode a file, of a film the frame at a place, and wait for it; raise `Unplayable` when it cannot be shown."""
    return _Child(wanted, position_us).visual()


class _Child:
    """A process that decodes one picture into shared memory, or one frame of a film."""

    def __init__(self, wanted: Wanted, position_us: DurationUs = 0) -> None:
        self.wanted = wanted
        self._memory = os.memfd_create("picture")
        words: tuple[str, ...] = (
            wanted.path,
            str(wanted.width_px),
            str(wanted.height_px),
            wanted.fit,
            str(self._memory),
        )
        module = "firmware_py.board.decode"
        if wanted.is_film:
            module, words = "firmware_py.board.video.still", (*words, str(position_us))
        self._process = subprocess.Popen(
            (sys.executable, "-m", module, *words),
            cwd=_PACKAGE_ROOT,
            pass_fds=(self._memory,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def kill(self) -> None:
        """End it; harmless when it has ended."""
        self._process.kill()

    def results(self) -> Iterator[Picture | Document | Unplayable]:
        """Wait for what the file shows, or why it shows nothing."""
        try:
            yield self.visual()
        except Unplayable as error:
            yield error

    def visual(self) -> Picture | Document:
        """Wait for what the file shows, once. A child that dies or hangs is as bad as a broken file."""
        try:
            return visual_of(self._head(self._output()), self._memory)
        finally:
            os.close(self._memory)

    def _output(self) -> bytes:
        with self._process as process:
            try:
                return process.communicate(timeout=TIMEOUT_S)[0]
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise self._failed(f"not decoded within {TIMEOUT_S:.0f} s; make it smaller") from error

    def _head(self, line: bytes) -> Head:
        try:
            said = from_json(line)
            if isinstance(said, dict) and "code" in said:
                raise Unplayable(Code(said["code"]), said["detail"])
            return from_json_as(Head, line)
        except Malformed as error:
            status = self._process.returncode
            raise self._failed(f"the decoder ended with status {status}; save the picture anew") from error

    def _failed(self, what: str) -> Unplayable:
        return Unplayable(Code.DECODER_FAILED, f"{self.wanted.path}: {what}")
