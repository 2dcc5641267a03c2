"""What the playout does with orders, with decoders that obey the test and a mixer that is asked block by block."""

from __future__ import annotations

from array import array
from pathlib import Path

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Ended, Failed, Item, Next, Now, Report, Started, Volume
from firmware_py.core.units import MS, SECOND, DurationUs, MonoUs
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.notice import Announcement
from firmware_py.speaker.playout import Playout
from firmware_py.speaker.reel import REEL_US, Reel
from firmware_py.speaker.source import Running, Source
from firmware_py.speaker.voice import News
from tests.speaker import listening

RATE_HZ = 8_000
BLOCK = 80
BLOCK_US = 10 * MS
WALL_US = 1_000_000 * SECOND


class Decoding:
    """A decoding under the test's control."""

    def __init__(self, reel: Reel) -> None:
        """Take the reel that is to be filled, at once and by the thread that empties it: it must not wait."""
        self.reel, self.closed = reel, False
        reel._capacity = 10**9

    def deliver(self, length_us: DurationUs, value: int, first_us: DurationUs = 0) -> None:
        """Give a whole content of one value."""
        frames = length_us * RATE_HZ // SECOND
        first = first_us * RATE_HZ // SECOND
        self.reel.begin(0, first, frames)
        self.reel.put(array("h", [value, value]).tobytes() * (frames - first))

    def tend(self) -> None:
        """Wait for the test."""

    def close(self) -> None:
        """Be given up."""
        self.closed = True


class Studio:
    """A playout whose time the test moves."""

    def __init__(self) -> None:
        """Begin at second 1."""
        self.now_us: MonoUs = SECOND
        self.reports: list[Report] = []
        self.decodings: dict[int, Decoding] = {}
        self._news: list[News] = []
        self.mixer = Mixer(RATE_HZ, self._news.append)
        self.playout = Playout(self.mixer, self._open, RATE_HZ, self.reports.append)
        self.heard: list[int] = []

    def _open(self, item: Item) -> tuple[Source, Running]:
        if item.notice:
            announcement = Announcement(item, item.notice, RATE_HZ, self._decode)
            return announcement, announcement
        reel = Reel(REEL_US * RATE_HZ // SECOND)
        return reel, self._decode(item, reel)

    def _decode(self, item: Item, reel: Reel) -> Decoding:
        self.decodings[item.no] = Decoding(reel)
        return self.decodings[item.no]

    def order(self, order: Now | Next | Volume) -> None:
        """Give an order."""
        self.playout.take(order, self.now_us)

    def on_air(self, item: Item | None) -> None:
        """Order `Now`."""
        self.order(Now("sound", item))

    def then(self, item: Item | None) -> None:
        """Order `Next`."""
        self.order(Next("sound", item))

    def until(self, instant_us: MonoUs) -> None:
        """Let time pass."""
        while self.now_us < instant_us:
            sound = self.mixer.fill(BLOCK, self.now_us, 0)
            self.heard += array("h", listening.left(sound))
            while self._news:
                self.playout.hear(self._news.pop(0), self.now_us)
            self.now_us += BLOCK_US
            self.playout.tick(self.now_us)

    def told(self) -> list[str]:
        """Return the reports in short."""
        return [
            f"{type(report).__name__} {getattr(report, 'no', '')}"
            + (f" {report.reason}" if isinstance(report, Ended) else "")
            for report in self.reports
        ]

    def value_at(self, instant_us: MonoUs) -> int:
        """Return the sample that was heard at an instant."""
        return self.heard[(instant_us - SECOND) * RATE_HZ // SECOND]


def item(no: int, start_us: MonoUs, duration_us: DurationUs = SECOND, **fields: object) -> Item:
    """Return an item; its wall clock is the monotonic one and `WALL_US`."""
    path = f"/media/{no}.mp3"
    return Item(no, "sound", f"b{no}", "audio", "", WALL_US + start_us, start_us, duration_us, path, **fields)  # type: ignore[arg-type]


def test_an_item_begins_at_its_instant_and_ends() -> None:
    """A future item is silent until its start; start, end and what was played are reported with both clocks."""
    studio = Studio()
    studio.on_air(item(1, 2 * SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.until(4 * SECOND)
    assert studio.value_at(2 * SECOND - BLOCK_US) == 0
    assert studio.value_at(2 * SECOND) == 1_000
    started, ended = studio.reports
    assert started == Started(1, WALL_US + 2 * SECOND, 2 * SECOND, 0)
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.at_mono_us, ended.at_us) == ("complete", 3 * SECOND, WALL_US + 3 * SECOND)
    assert (ended.played_us, ended.lost_us, ended.peak_dbfs) == (SECOND, 0, -30.3)
    assert studio.decodings[1].closed


def test_an_item_longer_than_its_time_is_cut_there_though_nothing_follows() -> None:
    """The slot is over, or quiet hours begin: the rest of the file is not heard."""
    studio = Studio()
    studio.on_air(item(1, 2 * SECOND, SECOND))
    studio.decodings[1].deliver(3 * SECOND, 1_000)
    studio.until(5 * SECOND)
    assert studio.value_at(3 * SECOND - BLOCK_US) == 1_000
    assert not any(studio.heard[(2 * SECOND + 50 * MS) * RATE_HZ // SECOND :])
    assert studio.told() == ["Started 1", "Ended 1 complete"]


def test_nothing_is_told_before_it_has_happened() -> None:
    """Blocks are made ahead of time; their start is reported when it is heard, not when it is made."""
    studio = Studio()
    studio.on_air(item(1, SECOND + 50 * MS))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.mixer.fill(BLOCK * 10, SECOND, 0)
    studio.until(SECOND)
    for news in studio._news:
        studio.playout.hear(news, SECOND)
    assert studio.told() == []
    assert studio.playout.due_us() == SECOND + 50 * MS
    studio.playout.tick(SECOND + 50 * MS)
    assert studio.told() == ["Started 1"]


def test_next_takes_over_by_itself() -> None:
    """A prepared item follows the one on air without a gap, and becomes the one that orders mean."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.then(item(2, 2 * SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.decodings[2].deliver(SECOND, 2_000)
    studio.until(2 * SECOND + 100 * MS)
    assert studio.told() == ["Started 1", "Ended 1 complete", "Started 2"]
    assert studio.value_at(2 * SECOND) == 2_000
    assert studio.playout.progress().no == 2
    studio.order(Volume("sound", 0))
    studio.until(2 * SECOND + 300 * MS)
    assert studio.heard[-1] == 0


def test_an_item_that_is_too_long_is_cut_for_the_next() -> None:
    """Content longer than planned fades at its planned end, and the next item begins at its own instant."""
    studio = Studio()
    studio.on_air(item(1, SECOND, SECOND))
    studio.decodings[1].deliver(5 * SECOND, 1_000)
    studio.until(SECOND + 500 * MS)
    studio.then(item(2, 2 * SECOND))
    studio.decodings[2].deliver(SECOND, 2_000)
    studio.until(3 * SECOND)
    assert studio.value_at(2 * SECOND - 1) == 1_000
    assert studio.value_at(2 * SECOND + 20 * MS) == 2_000
    assert studio.told()[:3] == ["Started 1", "Started 2", "Ended 1 complete"]


def test_an_item_a_little_too_long_is_played_out() -> None:
    """Content up to 250 ms longer than planned is heard to its end, and the next joins there."""
    studio = Studio()
    studio.on_air(item(1, SECOND, SECOND))
    studio.then(item(2, 2 * SECOND))
    studio.decodings[1].deliver(SECOND + 200 * MS, 1_000)
    studio.decodings[2].deliver(SECOND, 2_000)
    studio.until(3 * SECOND)
    assert studio.value_at(2 * SECOND + 199 * MS) == 1_000
    assert studio.value_at(2 * SECOND + 200 * MS) == 2_000


def test_now_replaces_with_a_fade() -> None:
    """An item that is due at once takes the place of the one on air, which ends as replaced."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.until(SECOND + 500 * MS)
    studio.on_air(item(2, SECOND + 500 * MS))
    studio.decodings[2].deliver(SECOND, 2_000)
    studio.until(SECOND + 600 * MS)
    assert studio.told() == ["Started 1", "Started 2", "Ended 1 replaced"]
    assert studio.heard[-1] == 2_000
    assert studio.decodings[1].closed


def test_now_in_the_future_keeps_what_is_on_air_until_then() -> None:
    """What is on air goes on until the new item's start."""
    studio = Studio()
    studio.on_air(item(1, SECOND, 5 * SECOND))
    studio.decodings[1].deliver(5 * SECOND, 1_000)
    studio.until(SECOND + 500 * MS)
    studio.on_air(item(2, 2 * SECOND))
    studio.decodings[2].deliver(SECOND, 2_000)
    studio.until(2 * SECOND + 500 * MS)
    assert studio.value_at(2 * SECOND - 1) == 1_000
    assert studio.value_at(2 * SECOND + 20 * MS) == 2_000


def test_now_forgets_what_was_prepared() -> None:
    """After a `Now`, with or without an item, nothing that was prepared before comes on air."""
    for order in (None, item(3, SECOND + 100 * MS, 5 * SECOND)):
        studio = Studio()
        studio.on_air(item(1, SECOND))
        studio.then(item(2, 2 * SECOND))
        studio.decodings[1].deliver(SECOND, 1_000)
        studio.decodings[2].deliver(SECOND, 2_000)
        studio.until(SECOND + 100 * MS)
        studio.on_air(order)
        studio.until(4 * SECOND)
        assert 2_000 not in studio.heard
        assert studio.decodings[2].closed


def test_stopping_fades_and_says_so() -> None:
    """`Now` without an item ends what is on air as stopped."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.until(SECOND + 500 * MS)
    studio.on_air(None)
    studio.until(2 * SECOND)
    assert studio.told() == ["Started 1", "Ended 1 stopped"]
    assert studio.playout.progress().no == 0


def test_the_same_item_again_changes_nothing() -> None:
    """An item that is on air or prepared already is not begun anew."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.then(item(2, 2 * SECOND))
    first = dict(studio.decodings)
    studio.on_air(item(1, SECOND))
    studio.then(item(1, SECOND))
    assert studio.decodings == first


def test_another_next_takes_the_place_of_the_first() -> None:
    """Only the last `Next` is played; one of None forgets it; those that were not heard are not reported."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    for no in (2, 3):
        studio.then(item(no, 2 * SECOND))
        studio.decodings[no].deliver(SECOND, no * 1_000)
    studio.until(2 * SECOND + 500 * MS)
    assert 2_000 not in studio.heard
    assert studio.heard[-1] == 3_000
    studio.then(item(4, 3 * SECOND))
    studio.then(None)
    studio.until(4 * SECOND)
    assert studio.told() == ["Started 1", "Ended 1 complete", "Started 3", "Ended 3 complete"]


def test_what_cannot_be_decoded_fails_alone() -> None:
    """A next item that cannot be decoded is told at once with its code, and what is on air goes on."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.then(item(2, 2 * SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.decodings[2].reel.finish(Unplayable(Code.CONTENT_UNREADABLE, "2.mp3 is no sound file"))
    studio.until(SECOND + 500 * MS)
    assert studio.reports[-1] == Failed(2, "content_unreadable", "2.mp3 is no sound file", 0)
    studio.then(item(3, 2 * SECOND))
    studio.decodings[3].deliver(SECOND, 3_000)
    studio.until(2 * SECOND + 500 * MS)
    assert studio.heard[-1] == 3_000


def test_a_decoder_that_gives_nothing_is_given_up() -> None:
    """No sound within 1.8 s of the start is a failure; the air is free for the next item."""
    studio = Studio()
    studio.on_air(item(1, SECOND, 60 * SECOND))
    studio.until(2 * SECOND + 700 * MS)
    assert studio.told() == []
    studio.until(2 * SECOND + 900 * MS)
    assert studio.told() == ["Failed 1"]
    assert studio.decodings[1].closed


def test_a_decoder_that_stalls_is_given_up() -> None:
    """A decoder that stops in mid-item for 1.8 s is a failure, told with what was played."""
    studio = Studio()
    studio.on_air(item(1, SECOND, 60 * SECOND))
    reel = studio.decodings[1].reel
    reel.begin(0, 0, 60 * RATE_HZ)
    reel.put(bytes([1, 0, 1, 0]) * RATE_HZ)
    studio.until(3 * SECOND + 700 * MS)
    assert studio.told() == ["Started 1"]
    studio.until(3 * SECOND + 900 * MS)
    failed = studio.reports[-1]
    assert isinstance(failed, Failed)
    assert (failed.code, failed.played_us) == (Code.DECODER_FAILED, SECOND)
    assert studio.mixer.quiet


def test_a_file_that_ends_too_early_fails_with_what_was_played() -> None:
    """A decoder that gives up in mid-item ends the play as failed."""
    studio = Studio()
    studio.on_air(item(1, SECOND, 60 * SECOND))
    reel = studio.decodings[1].reel
    reel.begin(0, 0, 60 * RATE_HZ)
    reel.put(bytes([1, 0, 1, 0]) * RATE_HZ)
    reel.finish(Unplayable(Code.DECODER_FAILED, "gave up"))
    studio.until(3 * SECOND)
    assert studio.told() == ["Started 1", "Failed 1"]
    assert studio.reports[-1] == Failed(1, "decoder_failed", "gave up", SECOND)


def test_progress_tells_what_is_heard() -> None:
    """Progress carries play, time and level, and zero when nothing is on air."""
    studio = Studio()
    assert studio.playout.progress().no == 0
    studio.on_air(item(1, SECOND))
    studio.decodings[1].deliver(SECOND, 3_277)
    studio.until(SECOND + 500 * MS)
    progress = studio.playout.progress()
    assert (progress.no, progress.played_us, progress.mean_dbfs) == (1, 500 * MS, -20.0)


def test_volume_and_gain_of_an_item_hold_from_its_first_sample() -> None:
    """An item begins at its own volume, and an order changes it."""
    studio = Studio()
    studio.on_air(item(1, SECOND, volume_pct=50, gain_db=6.0206))
    studio.decodings[1].deliver(SECOND, 8_000)
    studio.until(SECOND + 100 * MS)
    assert studio.heard[0] == 2_000
    studio.order(Volume("sound", 100))
    studio.until(SECOND + 200 * MS)
    assert studio.heard[-1] == 16_000


def test_stop_reports_what_was_on_air() -> None:
    """At the end of the process the play on air is reported as stopped, with what was really played."""
    studio = Studio()
    studio.on_air(item(1, SECOND))
    studio.decodings[1].deliver(SECOND, 1_000)
    studio.until(SECOND + 500 * MS)
    studio.playout.stop()
    studio.mixer.fill(BLOCK * 2, studio.now_us, 0)
    studio.playout.say_last(studio.now_us)
    assert studio.told() == ["Started 1", "Ended 1 stopped"]


def test_names_in_messages_are_those_of_the_files() -> None:
    """A failure names the file, so that a person finds it."""
    studio = Studio()
    studio.on_air(item(1, SECOND, 60 * SECOND))
    studio.until(7 * SECOND)
    failed = studio.reports[-1]
    assert isinstance(failed, Failed)
    assert Path("/media/1.mp3").name in failed.detail
