"""A source on RTSP (RFC 2326), heard through ffmpeg: Debian builds libVLC without its client.

ffmpeg is a process of its own, started for one source and ended with it. It speaks RTSP and RTP only, over one TCP
connection, and gives plain PCM. What a server of a pinned origin redirects to is taken: that server decides what is
heard either way. The Debian package ffmpeg is no part of the agent; a box without it says what is missing.
"""

from __future__ import annotations

import subprocess
import threading
from typing import IO

from firmware_py.core.settings import Relay
from firmware_py.core.units import SECOND
from firmware_py.speaker import pcm
from firmware_py.speaker.relay.live import LiveReel

_BLOCK_FRAMES = 960
_LIMITS = ("-protocol_whitelist", "rtsp,rtp,tcp", "-analyzeduration", "500000", "-probesize", "65536")
_COMPLAINT_BYTES = 400


class Rtsp:
    """Has a thread that reads what ffmpeg decodes, and one that reads what it complains of."""

    def __init__(self, terms: Relay, address: str, rate_hz: int, reel: LiveReel) -> None:
        """Begin at once."""
        self._reel, self._complaint = reel, b""
        self._closed = False
        limit = ("-timeout", str(round(terms.open_s * SECOND)))
        self._command = (
            *("ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", *limit, *_LIMITS, "-i", address),
            *("-map", "0:a:0", "-f", "s16le", "-ar", str(rate_hz), "-ac", "2", "pipe:1"),
        )
        self._process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._run, name=f"listening to {address}", daemon=True).start()

    def close(self) -> None:
        """Let it go; returns at once."""
        self._closed = True
        if self._process:
            self._process.kill()

    def _run(self) -> None:
        try:
            process = self._started()
        except OSError as error:
            self._reel.finish(f"RTSP needs ffmpeg, which cannot be started ({error.strerror}): apt install ffmpeg")
            return
        assert process.stdout  # noqa: S101 - a pipe was asked for
        assert process.stderr  # noqa: S101 - as above
        complaints = threading.Thread(target=self._hear_complaints, args=(process.stderr,), daemon=True)
        complaints.start()
        with process:
            while (block := process.stdout.read(_BLOCK_FRAMES * pcm.FRAME_BYTES)) and not self._closed:
                self._reel.put(block)
            process.kill()
            complaints.join()
        self._reel.finish(self._complaint.decode("utf-8", "replace").strip() or "it broke off, or could not be opened")

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._process = process
        if self._closed:
            process.kill()
        return process

    def _hear_complaints(self, line: IO[bytes]) -> None:
        """Keep the last words; ffmpeg must never wait for somebody to read them."""
        while words := line.readline(_COMPLAINT_BYTES):
            self._complaint = words
