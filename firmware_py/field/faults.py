"""How the faults of a document are said to whoever typed the command: a line each, with the file."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from firmware_py.core.errors import Problem


def show(source: str, problems: Iterable[Problem], before: str = "") -> None:
    """Print each problem on standard error, named by its document where it does not name one itself."""
    for problem in problems:
        place = "" if problem.where.startswith((source, "--set ")) else f"{source}: "
        print(f"{before}{place}{problem}", file=sys.stderr)
