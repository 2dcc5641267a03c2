"""Whatever stands in a document or a config, it is taken or it is refused with reasons, and soon."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firmware_py.core.errors import Refused
from firmware_py.core.model import MAX_DOCUMENT_BYTES, read_schedule
from firmware_py.core.settings import SpeakerSettings
from firmware_py.core.shape import MAX_PROBLEMS
from firmware_py.runtime.config import read_config
from tests.core.corpus import BOARD, DOCUMENTS, SPEAKER
from tests.core.fuzzing import fuzz_configs, fuzz_schedules, take_schedule

SCHEDULES = 6_000
CONFIGS = 6_000


def test_mutated_schedules_are_taken_or_refused() -> None:
    """Thousands of schedules with faults: each is refused with reasons, or can be laid out and decided."""
    tally = fuzz_schedules(SCHEDULES, seed=20_261_123)
    assert tally.inputs == SCHEDULES
    assert 0.02 < tally.taken / SCHEDULES < 0.5


def test_mutated_configs_are_taken_or_refused() -> None:
    """Thousands of configs with faults, as texts and as trees: each is refused with reasons, or taken."""
    tally = fuzz_configs(CONFIGS, seed=20_261_123)
    assert tally.inputs == CONFIGS
    assert 0.02 < tally.taken / CONFIGS < 0.5


@pytest.mark.parametrize("document", DOCUMENTS, ids=("first", "second"))
def test_the_documents_that_are_mutated_are_without_fault(document: dict[str, Any]) -> None:
    """What the fuzzer starts from is taken as it is."""
    take_schedule(json.dumps(document).encode())


def test_the_configs_that_are_mutated_are_without_fault() -> None:
    """What the fuzzer starts from is taken as it is, by the right kind of config only."""
    assert read_config(SpeakerSettings, SPEAKER, "speaker.toml").hours.alert_max_pct == 90
    with pytest.raises(Refused, match="screen"):
        read_config(SpeakerSettings, BOARD, "board.toml")


def _many(entry: str, count: int) -> bytes:
    text = '{"format":"ttcs-schedule/1","version":1,"bulletins":[],"slots":[' + ",".join([entry] * count) + "]}"
    return text.encode()


HOSTILE = {
    "10 MB of brackets": b"[" * 10_000_000,
    "brackets within the limit": b"[" * (MAX_DOCUMENT_BYTES - 1),
    "objects within the limit": b'{"a":' * (MAX_DOCUMENT_BYTES // 5 - 1),
    "a million unknown keys": json.dumps({f"kez{index}": 1 for index in range(500_000)}).encode(),
    "a million wrong entries": b'{"slots":[' + b"1," * 1_000_000 + b"1]}",
    "references to nothing": _many(json.dumps({"id": "a", "days": "always", "playlist": ["x"] * 1000}), 1500),
    "one long text": json.dumps({"format": "x" * 8_000_000}).encode(),
    "one long key": json.dumps({"x" * 8_000_000: 1}).encode(),
    "not UTF-8": b'{"format":"\xff\xfe"}',
    "half a surrogate": b'{"format":"\\ud800"}',
    "nothing": b"",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused_in_few_words(raw: bytes) -> None:
    """A document made to cost time or memory is refused, and its refusal is short enough to be sent."""
    with pytest.raises(Refused) as caught:
        read_schedule(raw, "hostile.json")
    assert 1 <= len(caught.value.problems) <= MAX_PROBLEMS + 1
    assert len(str(caught.value)) < 100_000
