"""`python -m tests.system.scripted_box SCRIPT board --config F …`: `ttcs run board` with a scripted output."""

from __future__ import annotations

import sys

from firmware_py.board import agent
from firmware_py.field.main import main

if __name__ == "__main__":
    vars(agent)["OUTPUT"] = (sys.executable, "-m", "tests.system.scripted_output", sys.argv[1])
    sys.exit(main(["run", *sys.argv[2:]]))
