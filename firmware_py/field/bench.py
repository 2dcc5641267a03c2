"""`ttcs bench [NAME] [--json]`: the measurements in `benchmarks/`, each beside a peer in the same run."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("name", nargs="?", default="", choices=("", *names()), help="one of: " + ", ".join(names()))
    parser.add_argument("--json", action="store_true", help="one JSON object a benchmark")


def names() -> tuple[str, ...]:
    """Return the benchmarks of this checkout; none outside of one."""
    found = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))
    return tuple(name for name in found if name not in ("__init__", "report"))


def main(options: argparse.Namespace) -> int:
    """Run one benchmark or all; return 1 when a target is missed."""
    sys.path.insert(0, str(ROOT))
    report = importlib.import_module("benchmarks.report")
    wanted = (options.name,) if options.name else names()
    results = [importlib.import_module(f"benchmarks.{name}").run() for name in wanted]
    report.show(results, as_json=options.json)
    return 0 if all(row["ok"] is not False for result in results for row in result["rows"]) else 1
