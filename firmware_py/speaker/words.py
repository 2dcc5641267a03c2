"""What a loudspeaker says of a notice that brought no voice: the words, and the voice that speaks their language.

espeak-ng speaks Vietnamese and English; it has no voice for the Ba Na, Xơ Đăng or Gia Rai languages, and a Vietnamese
mouth makes noise of them: such texts are shown and not said. An exercise and an all-clear say first that they are one.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.core.messages import Notice, NoticeText, Style

MOST_LETTERS = 4000

_VOICES = {"vi": "vi", "en": "en"}
_OPENINGS: dict[tuple[str, Style], str] = {
    ("vi", "drill"): "Đây là diễn tập. Đây là diễn tập.",
    ("en", "drill"): "This is an exercise. This is an exercise.",
    ("vi", "cancel"): "Cảnh báo đã được hủy bỏ.",
    ("en", "cancel"): "The warning has been cancelled.",
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words, and the voice of espeak-ng for them."""

    voice: str
    words: str


def utterances(notice: Notice) -> tuple[Utterance, ...]:
    """Return what is to be said, in the order of the texts; nothing where no voice knows the language."""
    return tuple(_utterance(notice.style, text) for text in notice.texts if _language(text) in _VOICES)


def _utterance(style: Style, text: NoticeText) -> Utterance:
    opening = _OPENINGS.get((_language(text), style), "")
    sentences = (opening, _sentence(text.title), text.text)
    return Utterance(_VOICES[_language(text)], " ".join(filter(None, sentences))[:MOST_LETTERS])


def _language(text: NoticeText) -> str:
    return text.language.partition("-")[0].lower()


def _sentence(title: str) -> str:
    return title if title.endswith((".", "!", "?")) else f"{title}."
