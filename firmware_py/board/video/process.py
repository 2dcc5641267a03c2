"""The process that decodes one film, as seen from the one that draws: started, listened to, ended."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from firmware_py.board.video.feed import Feed
from firmware_py.board.video.orders import FilmFault, FilmHead, FilmOrder
from firmware_py.core.codec import from_json, from_json_as, to_json
from firmware_py.core.errors import Code, Malformed, Unplayable
from firmware_py.core.messages import Fit, Trouble
from firmware_py.core.settings import FilmSound
from firmware_py.core.units import SECOND, DurationUs, WallUs
from firmware_py.runtime.clock import SystemClock

OPEN_LIMIT_S = 30.0
"""How long after its start a film may take to show something."""

_MOST_LINE_BYTES = 64 * 1024
_PACKAGE_ROOT = Path(__file__).resolve().parents[3]

FilmResult: TypeAlias = Feed | Unplayable | Trouble


@dataclass(frozen=True, slots=True)
class FilmWish:
    """What is to be shown of a film, when its first frame is due, from when it is seen, and how it is heard."""

    path: str
    zone_px: tuple[int, int]
    fit: Fit
    start_us: WallUs
    from_us: WallUs
    volume_pct: int
    sound: FilmSound
    clock_offset_us: DurationUs


class FilmProcess:
    """Decodes a film from its start on, until it is killed."""

    def __init__(self, wish: FilmWish) -> None:
        """Start the process; `results` must be called once, in a thread."""
        self._wish = wish
        self._reason = ""
        self._memory = os.memfd_create("film")
        self._frames, frames = os.pipe()
        control, self._control = os.pipe()
        order = FilmOrder(
            wish.path,
            wish.zone_px,
            wish.fit,
            wish.start_us,
            wish.from_us,
            wish.volume_pct,
            wish.clock_offset_us,
            wish.sound,
            self._memory,
            frames,
            control,
        )
        self._process = subprocess.Popen(
            (sys.executable, "-P", "-m", "firmware_py.board.video.play", to_json(order).decode()),
            cwd=_PACKAGE_ROOT,
            pass_fds=(self._memory, frames, control),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        os.close(frames)
        os.close(control)

    def kill(self) -> None:
        """End it; harmless when it has ended."""
        self._process.kill()

    def results(self) -> Iterator[FilmResult]:
        """Yield the film when its first frame is ready, and why it is over when it is; blocks in between."""
        with self._ended(), ExitStack() as unused:
            for descriptor in (self._memory, self._frames, self._control):
                unused.callback(os.close, descriptor)
            self._wait()
            for line in iter(lambda: self._stdout.readline(_MOST_LINE_BYTES), b""):
                word = self._word(line)
                if isinstance(word, FilmHead):
                    unused.pop_all()
                    yield Feed(word, self._memory, self._frames, self._control, self._give_up)
                elif word.goes_on:
                    yield Trouble(word.code, word.detail)
                else:
                    self._process.kill()
                    yield Unplayable(Code(word.code), word.detail)
                    return
        yield self._failed()

    def _wait(self) -> None:
        """Wait for the first word, and kill a process that has none."""
        seen_us = max(self._wish.start_us, self._wish.from_us)
        early_us = seen_us - SystemClock(self._wish.clock_offset_us).now().wall_us
        limit_s = max(0, early_us) / SECOND + OPEN_LIMIT_S
        if not select.select((self._stdout,), (), (), limit_s)[0]:
            self._give_up(f"showed nothing for {OPEN_LIMIT_S:.0f} s; make it smaller, or save it anew")

    @contextmanager
    def _ended(self) -> Iterator[None]:
        """Leave nothing of the process behind."""
        with self._process, closing(self._stdout):
            yield

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        return self._process.stdout

    def _word(self, line: bytes) -> FilmHead | FilmFault:
        try:
            said = from_json(line)
            return from_json_as(FilmFault, line) if "code" in said else from_json_as(FilmHead, line)
        except (Malformed, TypeError):
            self._give_up("said what is no word of a film")
            return FilmFault(Code.DECODER_FAILED, f"{self._wish.path}: {self._reason}")

    def _give_up(self, reason: str) -> None:
        self._reason = reason
        self._process.kill()

    def _failed(self) -> Unplayable:
        what = self._reason or f"the decoder ended with status {self._process.returncode}; save the video anew"
        return Unplayable(Code.DECODER_FAILED, f"{self._wish.path}: {what}")
