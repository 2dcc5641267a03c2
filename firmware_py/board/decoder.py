"""Files decoded away from the board: a child process for each, watched by a thread that only posts the result.

The pixels come in memory that both processes share: they are copied nowhere, and all of it is given back when the
picture is no longer shown, which `malloc` does not do for megabytes that come and go.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_py.board.visual import Head, Visual, Wanted, visual_of
from firmware_py.core.codec import from_json, from_json_as
from firmware_py.core.errors import Code, Malformed, Unplayable

TIMEOUT_S = 30.0

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a picture."""

    wanted: Wanted
    result: Visual | Unplayable


class Decoder:
    """Starts decodings and hands their ends to `post`, in its own threads."""

    def __init__(self, post: Callable[[Decoded], None]) -> None:
        """Take the place where results go; it must be safe to call from any thread."""
        self._post = post
        self._children: dict[Wanted, _Child] = {}

    def start(self, wanted: Wanted) -> None:
        """Begin with a picture."""
        child = self._children[wanted] = _Child(wanted)
        threading.Thread(target=self._watch, args=(child,), name="picture", daemon=True).start()

    def stop(self, wanted: Wanted) -> None:
        """Forget a picture, and give it up if it is not done: nothing is posted then."""
        child = self._children.pop(wanted, None)
        if child is not None:
            child.kill()

    def close(self) -> None:
        """Give all pictures up."""
        for wanted in list(self._children):
            self.stop(wanted)

    def _watch(self, child: _Child) -> None:
        try:
            result: Visual | Unplayable = child.visual()
        except Unplayable as error:
            result = error
        # A child that was stopped fails too; by then the same picture may have been started again.
        if self._children.get(child.wanted) is child:
            self._post(Decoded(child.wanted, result))


def decode(wanted: Wanted) -> Visual:
    """Decode a file and wait for it; raise `Unplayable` when it cannot be shown."""
    return _Child(wanted).visual()


class _Child:
    """A process that decodes one picture into shared memory."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._memory = os.memfd_create("picture")
        words = (wanted.path, str(wanted.width_px), str(wanted.height_px), wanted.fit, str(self._memory))
        self._process = subprocess.Popen(
            (sys.executable, "-m", "firmware_py.board.decode", *words),
            cwd=_PACKAGE_ROOT,
            pass_fds=(self._memory,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def kill(self) -> None:
        """End it; harmless when it has ended."""
        self._process.kill()

    def visual(self) -> Visual:
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
