"""`python -m tests.store.writing JOURNAL`: writes plays without end and prints each number once it is written."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from firmware_py.core.records import Result
from firmware_py.store.journal import Journal
from tests.store.samples import fault, record

if __name__ == "__main__":
    journal = Journal.open(Path(sys.argv[1]))
    for no in count(journal.last_no() + 1):
        journal.write(fault(no))
        journal.write(record(no))
        journal.write(record(no, Result.COMPLETE))
        sys.stdout.write(f"{no}\n")
        sys.stdout.flush()
