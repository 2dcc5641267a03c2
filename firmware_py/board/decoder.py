"""Pictures decoded away from the board: a child process for each, watched by a thread that only posts the result."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from firmware_py.core.codec import from_json
from firmware_py.core.errors import Code, Malformed, Unplayable
from firmware_py.core.messages import Fit

TIMEOUT_S = 30.0

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class Wanted(NamedTuple):
    """A picture file and the size that it is to have, in pixels."""

    path: str
    width_px: int
    height_px: int
    fit: Fit


@dataclass(frozen=True, slots=True)
class Picture:
    """RGB pixels, three bytes each, row by row."""

    width_px: int
    height_px: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a picture."""

    wanted: Wanted
    result: Picture | Unplayable


class Decoder:
    """Starts decodings and hands their ends to `post`, in its own threads."""

    def __init__(self, post: Callable[[Decoded], None]) -> None:
        """Take the place where results go; it must be safe to call from any thread."""
        self._post = post
        self._children: dict[Wanted, subprocess.Popen[bytes]] = {}

    def start(self, wanted: Wanted) -> None:
        """Begin with a picture."""
        child = _start(wanted)
        self._children[wanted] = child
        threading.Thread(target=self._watch, args=(wanted, child), name="picture", daemon=True).start()

    def stop(self, wanted: Wanted) -> None:
        """Forget a picture, and give it up if it is not done: nothing is posted then."""
        child = self._children.pop(wanted, None)
        if child is not None:
            child.kill()

    def close(self) -> None:
        """Give all pictures up."""
        for wanted in list(self._children):
            self.stop(wanted)

    def _watch(self, wanted: Wanted, child: subprocess.Popen[bytes]) -> None:
        try:
            result: Picture | Unplayable = _result(wanted, child)
        except Unplayable as error:
            result = error
        # A child that was stopped fails too; by then the same picture may have been started again.
        if self._children.get(wanted) is child:
            self._post(Decoded(wanted, result))


def decode(wanted: Wanted) -> Picture:
    """Decode a picture and wait for it; raise `Unplayable` when it cannot be shown."""
    return _result(wanted, _start(wanted))


def _start(wanted: Wanted) -> subprocess.Popen[bytes]:
    words = (wanted.path, str(wanted.width_px), str(wanted.height_px), wanted.fit)
    command = (sys.executable, "-m", "firmware_py.board.decode", *words)
    return subprocess.Popen(command, cwd=_PACKAGE_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def _result(wanted: Wanted, child: subprocess.Popen[bytes]) -> Picture:
    """Wait for a child and return its picture; a child that dies or hangs is as bad as a broken file."""
    with child:
        try:
            output, _ = child.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            child.kill()
            detail = f"{wanted.path}: not decoded within {TIMEOUT_S:.0f} s; make it smaller or save it as JPEG"
            raise Unplayable(Code.DECODER_FAILED, detail) from error
    line, _, pixels = output.partition(b"\n")
    try:
        head = from_json(line)
    except Malformed as error:
        detail = f"{wanted.path}: the decoder ended with status {child.returncode}; save the picture anew"
        raise Unplayable(Code.DECODER_FAILED, detail) from error
    if "code" in head:
        raise Unplayable(Code(head["code"]), head["detail"])
    return Picture(head["width"], head["height"], pixels)
