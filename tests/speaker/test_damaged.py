"""Damaged files: none stops the output, none holds the air, and each is named."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

from tests.speaker.damaged import DAMAGES, damaged, peculiar
from tests.speaker.trial import all_tried, outputs, plays_on

STRIDE = len(DAMAGES) + 2
"""From one file to the next: another format, and another damage. `ttcs bench damaged` tries them all."""


def test_no_damaged_file_does_harm(media: Path, tmp_path: Path) -> None:
    """One with each damage, lists, pages, headers that lie, rare codecs: named or played, and the air is given back.

    Each is put on air whatever its check has said, and behind them all a good one is heard.
    """
    files = chain(islice(damaged(media, tmp_path), 0, None, STRIDE), peculiar(media, tmp_path))
    with outputs(4) as started:
        results = list(all_tried(files, started))
        assert [result for result in results if not result.harmless] == []
        assert all(plays_on(output, media / "cbr.mp3") for output in started)
    assert len(results) >= len(DAMAGES) + 30
