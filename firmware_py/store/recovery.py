"""Closing the plays that a dead process left open, with what is known of them and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from firmware_py.core.errors import Code
from firmware_py.core.records import LastWord, PlayRecord, Result

_WHAT = "the agent died or lost power while this was on air"


def close_open(records: Iterable[PlayRecord], words: Mapping[int, LastWord]) -> tuple[PlayRecord, ...]:
    """Return the open records as interrupted, with the time, length, levels and frames of the last word of each.

    A word that speaks of another play does not count; without one the record keeps what it says, and its end
    stays unknown (0). Levels are those of the last second that was reported.
    """
    return tuple(_closed(record, words.get(record.no)) for record in records if record.result is Result.ON_AIR)


def _closed(record: PlayRecord, word: LastWord | None) -> PlayRecord:
    dead = replace(record, result=Result.INTERRUPTED, code=Code.AGENT_DIED.value, detail=_WHAT)
    if word is None or word.progress.no != record.no:
        return replace(dead, detail=f"{_WHAT}; how far it came is not known")
    return _with_start(_with_word(dead, word))


def _with_word(record: PlayRecord, word: LastWord) -> PlayRecord:
    progress = word.progress
    return replace(
        record,
        actual_end_us=word.at_us,
        end_mono_us=word.at_mono_us,
        played_us=progress.played_us,
        mean_dbfs=progress.mean_dbfs,
        peak_dbfs=max(progress.peak_dbfs, record.peak_dbfs),
        silent_us=progress.silent_us,
        lost_us=progress.lost_us,
        frames=progress.frames,
        late_frames=progress.late_frames,
    )


def _with_start(record: PlayRecord) -> PlayRecord:
    """Reckon the start back from the end where something was played and the start was not written any more."""
    if record.actual_start_us or not record.played_us:
        return record
    start_us = record.actual_end_us - record.played_us
    return replace(
        record,
        actual_start_us=start_us,
        start_mono_us=record.end_mono_us - record.played_us,
        offset_us=max(0, start_us - record.planned_start_us),
    )
