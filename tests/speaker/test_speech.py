"""Words into sound: what espeak-ng says arrives whole, at the right pitch and pace; what it cannot say is told."""

from __future__ import annotations

import subprocess
import threading
from array import array
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.messages import Notice, NoticeText, Style
from firmware_py.speaker import pcm
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.source import Running
from firmware_py.speaker.speech import _COMMAND, Speech
from firmware_py.speaker.voices import CLIPS, Wordless
from firmware_py.speaker.words import MOST_LETTERS, Utterance, utterances
from tests.speaker import listening
from tests.waiting import until

RATE_HZ = 48_000
FLOOD = Utterance("vi", "Lũ quét. Bà con lên chỗ cao ngay.")
BLOCK = 4800


class Nothing:
    """A clip that nobody hears."""

    def tend(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Room:
    """A reel that is listened to, and what was told meanwhile."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self.reel = Reel(RATE_HZ)
        self.told: SimpleQueue[tuple[Code, str]] = SimpleQueue()
        self.fallen_back = threading.Event()

    def say(self, *said: Utterance) -> Speech:
        """Begin to speak."""
        return Speech(said, RATE_HZ, self.reel, self._clip, lambda code, detail: self.told.put((code, detail)))

    def hear(self) -> bytes:
        """Return everything that is said, one channel."""
        sound = b""
        while not self.reel.over:
            sound += until(lambda: self.reel.take(BLOCK) or bytes(4 * self.reel.over), 10)
        return listening.left(sound)

    def _clip(self, reel: Reel) -> Running:
        self.fallen_back.set()
        reel.finish()
        return Nothing()


@pytest.fixture(name="room")
def _room() -> Iterator[Room]:
    room = Room()
    yield room
    room.reel.close()


def notice(style: Style, *texts: NoticeText) -> Notice:
    """Return a notice with these texts."""
    return Notice(style, "flood", "severe", texts, siren=True, repeats=1)


def spoken(utterance: Utterance, path: Path) -> bytes:
    """Return what espeak-ng says by itself, as ffmpeg brings it to our rate."""
    said = subprocess.run(
        (*_COMMAND, "-v", utterance.voice), input=utterance.words.encode(), capture_output=True, check=True
    )
    path.write_bytes(said.stdout)
    return listening.independent(path)


def test_what_is_said_is_what_espeak_says(room: Room, tmp_path: Path) -> None:
    """From the first to the last word, at the pitch and pace of an independent change of rate."""
    room.say(FLOOD)
    heard, reference = room.hear(), spoken(FLOOD, tmp_path / "said.wav")
    assert len(heard) == pytest.approx(len(reference), abs=2 * 48)
    assert listening.likeness(reference[: len(heard)], heard[: len(reference)]) > 0.99
    assert -30 < listening.power_dbfs(heard) < -14
    assert pcm.peak(heard) < 1


def test_two_texts_are_said_one_after_the_other(room: Room, tmp_path: Path) -> None:
    """The second language follows the first after half a second."""
    english = Utterance("en", "Flash flood. Move to high ground.")
    room.say(FLOOD, english)
    heard = room.hear()
    first, second = spoken(FLOOD, tmp_path / "vi.wav"), spoken(english, tmp_path / "en.wav")
    assert len(heard) == pytest.approx(len(first) + len(second) + RATE_HZ, abs=4 * 48)


def test_words_are_never_a_command(room: Room, tmp_path: Path) -> None:
    """A text that looks like options or phonemes is read out, and nothing is written."""
    target = tmp_path / "written.wav"
    room.say(Utterance("vi", f"-w {target} --version $(touch {target}) [[h@l'oU]] <mark/>"))
    assert listening.power_dbfs(room.hear()) > -40
    assert not target.exists()


def test_without_espeak_a_clip_is_heard_and_it_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box on which the package is missing is not silent, and says what to install."""
    monkeypatch.setenv("PATH", "/nowhere")
    room.say(FLOOD)
    code, detail = room.told.get(timeout=5)
    assert (code, "install the Debian package" in detail) == (Code.SPEECH_FAILED, True)
    assert room.fallen_back.wait(5)


def test_languages_without_a_voice_have_the_clip(room: Room) -> None:
    """Nobody who says it right: the clip is heard, and the source is told to send a voice."""
    said = utterances(notice("actual", NoticeText("bdq", "Đak lĕch", "Hăm tŏk")))
    assert said == ()
    room.say(*said)
    assert "send one with it" in room.told.get(timeout=5)[1]
    assert room.fallen_back.wait(5)


def test_who_is_not_heard_any_more_stops_speaking(room: Room) -> None:
    """A notice that is cancelled in mid-word leaves no process behind."""
    speech = room.say(Utterance("vi", "Lũ quét. " * 400))
    until(lambda: room.reel.waiting)
    process = speech._process
    assert process is not None
    speech.close()
    until(lambda: process.poll() is not None)
    assert room.told.empty()


def test_a_long_text_takes_no_more_memory_than_the_reel(room: Room) -> None:
    """What nobody has heard yet is not spoken yet."""
    room.say(Utterance("vi", "Lũ quét. " * 400))
    until(lambda: room.reel.waiting > RATE_HZ)
    assert room.reel.waiting < RATE_HZ + RATE_HZ // 2


@pytest.mark.parametrize(
    ("style", "language", "words"),
    [
        ("actual", "vi", "Lũ quét. Lên chỗ cao."),
        ("drill", "vi-VN", "Đây là diễn tập. Đây là diễn tập. Lũ quét. Lên chỗ cao."),
        ("cancel", "vi", "Cảnh báo đã được hủy bỏ. Lũ quét. Lên chỗ cao."),
        ("drill", "en", "This is an exercise. This is an exercise. Lũ quét. Lên chỗ cao."),
    ],
)
def test_an_exercise_and_an_all_clear_say_so_first(style: Style, language: str, words: str) -> None:
    """Nobody who hears the words can take one for the other."""
    (said,) = utterances(notice(style, NoticeText(language, "Lũ quét", "Lên chỗ cao.")))
    assert said.words == words


def test_a_text_without_end_is_cut() -> None:
    """More letters than a document may have are not spoken."""
    (said,) = utterances(notice("actual", NoticeText("vi", "Lũ", "a" * 10_000)))
    assert len(said.words) == MOST_LETTERS


def test_the_clips_that_are_shipped_are_heard() -> None:
    """Each is there, lasts a few seconds, and is as loud as other speech."""
    clips = Path(pcm.__file__).parent / "clips"
    assert sorted(path.name for path in clips.glob("*.opus")) == ["actual.opus", "cancel.opus", "drill.opus"]
    for path in clips.glob("*.opus"):
        sound = listening.independent(path)
        assert RATE_HZ < len(array("h", sound)) < 12 * RATE_HZ
        assert -24 < listening.power_dbfs(sound) < -12


def test_a_tone_without_a_voice_says_nothing_of_a_warning() -> None:
    """Where espeak-ng is missing, clips speak for alerts, drills and cancels, and for nothing else."""
    reel = Reel(RATE_HZ)
    Wordless(reel)
    assert (reel.over, reel.error) == (True, None)
    assert frozenset({"actual", "drill", "cancel"}) == CLIPS
