"""Where the sound of an item comes from: its file, a relay's sources, the words of a notice, else a stored clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from firmware_py.core.messages import Item, Style
from firmware_py.core.settings import Relay as RelaySettings
from firmware_py.core.units import SECOND
from firmware_py.speaker.decoder import Decoder
from firmware_py.speaker.decoding import Decoding
from firmware_py.speaker.ear import SHORTEST_US
from firmware_py.speaker.notice import Announcement
from firmware_py.speaker.reel import REEL_US, Reel
from firmware_py.speaker.relay.relay import Means, Relay
from firmware_py.speaker.relay.tuner import serve_for, tuned
from firmware_py.speaker.sink import mono_us
from firmware_py.speaker.source import Running, Source, Tell
from firmware_py.speaker.speech import Speech
from firmware_py.speaker.words import utterances

Listen: TypeAlias = Callable[[Item], object]
"""Who listens whether the test tone that is ordered is in the air."""

CLIP_DIRECTORY = Path(__file__).parent / "clips"
CLIPS: frozenset[Style] = frozenset({"actual", "drill", "cancel"})


class Voices:
    """Starts whatever makes the sound of an item."""

    def __init__(self, decoder: Decoder, relay: RelaySettings, tell: Tell, listen: Listen) -> None:
        """Take what decodes files, how relays are treated, who hears of faults, and who listens for a test tone."""
        self._decoder, self._tell, self._listen = decoder, tell, listen
        serve = serve_for(relay)
        self._means = Means(
            settings=relay,
            rate_hz=decoder.rate_hz,
            tune=lambda address, reel: tuned(decoder, relay, serve, address, reel),
            decode=lambda item, reel: Decoding(decoder, item, reel),
            tell=tell,
            clock=mono_us,
        )

    def open(self, item: Item) -> tuple[Source, Running]:
        """Return where an item's sound comes from, and who sees to it that it comes."""
        if item.notice is not None:
            if item.notice.style == "tone" and item.duration_us >= SHORTEST_US:
                self._listen(item)
            announcement = Announcement(item, item.notice, self._decoder.rate_hz, self.start)
            return announcement, announcement
        if item.kind in ("relay", "live"):
            relay = Relay(item, self._means)
            return relay, relay
        reel = Reel(REEL_US * self._decoder.rate_hz // SECOND)
        return reel, self.start(item, reel)

    def start(self, item: Item, reel: Reel) -> Running:
        """Begin to fill a reel."""
        if item.path or item.notice is None:
            return Decoding(self._decoder, item, reel)
        style = item.notice.style
        said = utterances(item.notice)
        return Speech(said, self._decoder.rate_hz, reel, lambda reel: self._instead(item, style, reel), self._tell)

    def _instead(self, item: Item, style: Style, reel: Reel) -> Running:
        """Say what a clip says, where there is one: nobody hears of a warning because a test tone has no words."""
        if style not in CLIPS:
            return Wordless(reel)
        path = CLIP_DIRECTORY / f"{style}.opus"
        return Decoding(self._decoder, replace(item, path=str(path), duration_us=SECOND), reel)


class Wordless:
    """Fills a reel with nothing: what is not said is left out."""

    def __init__(self, reel: Reel) -> None:
        """Finish it."""
        reel.begin(0, 0, 0)
        reel.finish()

    def tend(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
