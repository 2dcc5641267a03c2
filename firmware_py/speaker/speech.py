"""Words into sound (chuyển văn bản thành giọng nói): espeak-ng speaks, and what it says goes into a reel as it comes.

A process for each text, given its words by its standard input: nothing that an alert says is ever a command line.
The first sound is there after some 20 ms. While the reel is full nobody reads, and espeak-ng waits. Where it is
missing or fails before it has said anything, a stored clip says that there is a warning.
"""

from __future__ import annotations

import struct
import subprocess
import threading
from collections.abc import Callable
from typing import IO, TypeAlias

from firmware_py.core.errors import Code, Unplayable
from firmware_py.speaker import pcm
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.source import Running, Tell
from firmware_py.speaker.words import Utterance

Fallback: TypeAlias = Callable[[Reel], Running]

LONGEST_FRAMES = 1 << 40
PAUSE_S = 0.5
"""The silence between two texts."""

GAIN = 1.0
_COMMAND = ("espeak-ng", "-s", "145", "-a", "60", "-b", "1", "--stdin", "--stdout")
"""145 words a minute, slower than its usual 175: across a field people understand no faster. At -a 100 it clips."""

_HEADER_BYTES, _RATE_AT = 44, 24
_CHUNK_BYTES = 8192


class Speech:
    """Fills a reel with spoken words."""

    def __init__(self, said: tuple[Utterance, ...], rate_hz: int, reel: Reel, fallback: Fallback, tell: Tell) -> None:
        """Begin at once; `fallback` fills the reel instead when nothing can be said, and `tell` hears why."""
        self._said, self._rate_hz, self._reel = said, rate_hz, reel
        self._fallback, self._tell = fallback, tell
        self._process: subprocess.Popen[bytes] | None = None
        self._instead: Running | None = None
        threading.Thread(target=self._run, name="speech", daemon=True).start()

    def tend(self) -> None:
        """Do nothing: the thread does it all."""

    def close(self) -> None:
        """Give it up; returns at once."""
        self._reel.close()
        if self._process:
            self._process.kill()
        if self._instead:
            self._instead.close()

    def _run(self) -> None:
        try:
            self._say_all()
        except Unplayable as error:
            self._fail(error)

    def _say_all(self) -> None:
        if not self._said:
            raise Unplayable(Code.SPEECH_FAILED, "there is no voice for the languages of the alert; send one with it")
        self._reel.begin(0, 0, LONGEST_FRAMES)
        for number, utterance in enumerate(self._said):
            if number:
                self._reel.put(pcm.silence(round(PAUSE_S * self._rate_hz)))
            self._say(utterance)
        self._reel.finish()

    def _say(self, utterance: Utterance) -> None:
        try:
            process = subprocess.Popen(
                (*_COMMAND, "-v", utterance.voice),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise _mute(f"cannot be started ({error.strerror})") from error
        self._process = process
        with process:
            assert process.stdin  # noqa: S101 - pipes were asked for
            assert process.stdout  # noqa: S101 - as above
            threading.Thread(target=_give, args=(process.stdin, utterance.words), daemon=True).start()
            heard = self._listen(process.stdout)
        if not heard and not self._reel.closed:
            raise _mute(f"said nothing (status {process.returncode})")

    def _listen(self, sound: IO[bytes]) -> bool:
        """Put the sound into the reel as it comes; return whether there was any."""
        header = sound.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES:
            return False
        (rate_hz,) = struct.unpack_from("<I", header, _RATE_AT)
        place, any_came = None, False
        while (chunk := sound.read(_CHUNK_BYTES)) and not self._reel.closed:
            stretched, place = pcm.resampled(chunk[: len(chunk) // 2 * 2], rate_hz, self._rate_hz, place)
            self._reel.put(pcm.doubled(pcm.scaled(stretched, GAIN)))
            any_came = True
        return any_came

    def _fail(self, error: Unplayable) -> None:
        self._tell(error.code, error.detail)
        if self._reel.waiting or self._reel.next_frame:
            self._reel.finish(error)
        elif not self._reel.closed:
            self._instead = self._fallback(self._reel)


def _give(line: IO[bytes], words: str) -> None:
    try:
        with line:
            line.write(words.encode())
    except OSError:
        return  # it has ended: what it has not said shows


def _mute(what: str) -> Unplayable:
    return Unplayable(Code.SPEECH_FAILED, f"espeak-ng {what}; install the Debian package espeak-ng")
