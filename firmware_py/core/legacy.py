"""Vietnamese text in the coding of an old font: TCVN3 (ABC) or VNI, pasted as if it were Unicode.

Such text has no letter of its own code page: «Thông báo» reads «Th«ng b¸o» in TCVN3 and «Thoâng baùo» in VNI. It is
told, never converted: a wrong guess on a public board would be worse than a text that is seen to be wrong.

1. Text with a single letter that only Unicode's Vietnamese has (ă đ ơ ư and all of U+1EA0 to U+1EF9) is none of these.
2. TCVN3 puts vowels on the signs U+00A1 to U+00BF, which no language writes inside a word beside letters.
3. VNI writes a mark as a letter of Latin-1 after the vowel (aù, oâ, eä), and đ, ư, ơ as ñ, ö, ô.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

LegacyFont: TypeAlias = Literal["TCVN3", "VNI"]

_VIETNAMESE = re.compile("[ăĂđĐơƠưƯ\u1ea0-\u1ef9]")
_TCVN3 = re.compile("[A-Za-z][¡-¿]|[¡-¿][A-Za-z]")
_VNI = re.compile("[AEOUYaeouyÖöÔô][ÙØÛÕÏÂÊÁÀÅÃÄÉÈËÚÜùøûõïâêáàåãäéèëúü]|\\b[Ññ][AEIOUaeiouöôÖÔ]")
_WORDS = re.compile(r"\S+")

_LEAST = 3
_SHARE = 0.2
"""A text of an old font shows it in at least three places, and in every fifth word."""


def legacy_font(text: str) -> LegacyFont | None:
    """Return the coding that a text seems to be in, None for text that is what it looks like."""
    if _VIETNAMESE.search(text):
        return None
    words = _WORDS.findall(text)
    found: tuple[tuple[LegacyFont, re.Pattern[str]], ...] = (("TCVN3", _TCVN3), ("VNI", _VNI))
    for name, pattern in found:
        telling = sum(pattern.search(word) is not None for word in words)
        if telling >= _LEAST and telling >= _SHARE * len(words):
            return name
    return None
