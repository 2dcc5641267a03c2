"""What arrives through a bad network: everything, once. `ttcs bench faults` does the same for five minutes."""

from __future__ import annotations

import pytest

from benchmarks.faults import measure

SECONDS, COMMANDS, RECORDS = 20.0, 10, 40


@pytest.mark.timeout(240)
def test_everything_arrives_once_through_a_network_that_drops_stalls_slices_and_loses() -> None:
    """Each kind of fault once: no record and no command is lost, none is there or done twice."""
    found = measure(SECONDS, COMMANDS)
    assert found.records >= RECORDS
    assert (found.records_there, found.records_twice) == (found.records, 0)
    assert found.commands == found.commands_obeyed == COMMANDS
    assert found.answers_twice == 0
    assert found.connections > 2
