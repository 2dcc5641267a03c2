"""`python -m benchmarks.boards.timed_agent ...`: the board's agent as it is, with an output that notes its frames."""

from __future__ import annotations

import sys

from firmware_py.board import agent
from firmware_py.field.main import main

if __name__ == "__main__":
    agent.OUTPUT = (sys.executable, "-P", "-m", "benchmarks.boards.timed_output")
    sys.exit(main())
