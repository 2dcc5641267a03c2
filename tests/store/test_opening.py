"""Opening the stores is the whole of recovery, and nobody disturbs the agent that has them open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.records import Result
from firmware_py.core.units import SECOND
from firmware_py.store.opening import Stores, open_stores
from tests.store.samples import LIMITS, START_US, record, word


def close(stores: Stores) -> None:
    """Let go of all files, as the end of a process does."""
    stores.journal.close()
    stores.words.close()


def test_what_was_cut_is_closed_and_can_be_gone_on_with(tmp_path: Path) -> None:
    """A play on air at the end of a process is interrupted after the restart, with the seconds it was heard."""
    stores = open_stores(tmp_path / "state", LIMITS, START_US)
    assert stores.unfinished == {}
    stores.journal.write(record(1, Result.COMPLETE), record(2))
    stores.words.write({2: word(2)})
    close(stores)
    again = open_stores(tmp_path / "state", LIMITS, START_US)
    (_, cut) = again.journal.records()
    assert (cut.result, cut.played_us) == (Result.INTERRUPTED, 12 * SECOND)
    assert again.unfinished == {record(2).key: 2}
    close(again)


def test_words_do_not_outlive_their_journal(tmp_path: Path) -> None:
    """After the journal was damaged that is a fault of the new one, and old words are not taken for new plays."""
    stores = open_stores(tmp_path, LIMITS, START_US)
    stores.journal.write(record(1))
    stores.words.write({1: word(1)})
    close(stores)
    (tmp_path / "journal.db").write_bytes(b"no database" * 99)
    stores = open_stores(tmp_path, LIMITS, START_US)
    ((_, fault),) = stores.journal.faults()
    assert (fault.code, fault.at_us) == (Code.JOURNAL_CORRUPT, START_US)
    stores.journal.write(record(1))
    close(stores)
    again = open_stores(tmp_path, LIMITS, START_US)
    (cut,) = again.journal.records()
    assert cut == replace(record(1), result=Result.INTERRUPTED, code="agent_died", detail=cut.detail)
    close(again)


def test_a_second_agent_touches_nothing(tmp_path: Path) -> None:
    """Who comes second is refused before the files that the first one is writing are cleared away."""
    stores = open_stores(tmp_path, LIMITS, START_US)
    part = tmp_path / "content" / "incoming.part"
    part.write_bytes(b"half")
    with pytest.raises(Unavailable, match="another agent"):
        open_stores(tmp_path, LIMITS, START_US)
    assert part.exists()
    close(stores)
