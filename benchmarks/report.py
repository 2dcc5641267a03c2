"""The form of every benchmark's result, as data and as a table."""

from __future__ import annotations

import json
import os
import platform
from typing import TypedDict


class Row(TypedDict):
    """One figure: ours, beside a peer's of the same run (None: no peer), against a target (None: no target)."""

    what: str
    unit: str
    ours: float
    peer_name: str
    peer: float | None
    ratio: float | None
    target: float | None
    ok: bool | None


class Report(TypedDict):
    """The result of one benchmark."""

    name: str
    machine: str
    rows: list[Row]


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def show(reports: list[Report], *, as_json: bool) -> None:
    """Print the results, one JSON object a benchmark or a table."""
    for report in reports:
        if as_json:
            print(json.dumps(report, ensure_ascii=False))
            continue
        print(f"{report['name']} ({report['machine']})")
        for row in report["rows"]:
            print("  " + _line(row))


def _line(row: Row) -> str:
    ratio = "" if row["ratio"] is None else f", ratio {row['ratio']:g}"
    peer = "" if row["peer"] is None else f"; {row['peer_name']} {row['peer']:g} {row['unit']}{ratio}"
    target = "" if row["target"] is None else f"; target {row['target']:g}"
    verdict = {True: "ok", False: "MISSED", None: ""}[row["ok"]]
    return f"{row['what']}: {row['ours']:g} {row['unit']}{peer}{target}  {verdict}"
