"""`ttcs doctor --config F`: everything that a box needs, looked at in one go; each fault with what to do about it.

Status 0 when nothing is bad. It changes nothing and disturbs nobody: a running agent is asked, not replaced.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from firmware_py.core.codec import to_json
from firmware_py.field.checkup import agent, lines, link, machine, programme
from firmware_py.field.checkup.finding import Box, Check, Finding, Level, bad
from firmware_py.runtime.config import kind_of, load_config

CHECKS: dict[str, Check] = {
    "machine": machine.look,
    "agent": agent.look,
    "lines": lines.look,
    "link": link.look,
    "schedule": programme.look,
}
_MARKS: dict[Level, str] = {"good": "ok ", "doubtful": " ? ", "bad": "BAD"}
_COLOURS: dict[Level, str] = {"good": "32", "doubtful": "33", "bad": "31"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--config", type=Path, required=True, metavar="F", help="config file of the box")
    parser.add_argument("--json", action="store_true", help="one JSON object a finding")


def main(options: argparse.Namespace) -> int:
    """Print every finding; return 0 when none is bad, else 1."""
    box = Box(load_config(kind_of(options.config), options.config))
    findings = []
    for finding in examined(box, CHECKS):
        findings.append(finding)
        print(to_json(finding).decode() if options.json else _line(finding, coloured=sys.stdout.isatty()), flush=True)
    faults = sum(finding.level == "bad" for finding in findings)
    if not options.json:
        print("nothing is bad" if not faults else "1 thing is bad" if faults == 1 else f"{faults} things are bad")
    return 1 if faults else 0


def examined(box: Box, checks: dict[str, Check]) -> Iterator[Finding]:
    """Yield what the checks find; one that breaks is itself a finding, and the others go on."""
    for name, check in checks.items():
        try:
            yield from check(box)
        except Exception as error:  # noqa: BLE001 - a box in any state must be told of as far as it can be
            yield bad(name, f"cannot be looked at ({type(error).__name__}: {error})", "run this command as root")


def _line(finding: Finding, *, coloured: bool) -> str:
    mark = _MARKS[finding.level]
    shown = f"\x1b[{_COLOURS[finding.level]}m{mark}\x1b[0m" if coloured else mark
    remedy = f"\n{'':16}→ {finding.remedy}" if finding.remedy else ""
    return f"{shown} {finding.topic:9}  {finding.said}{remedy}"
