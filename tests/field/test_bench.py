"""The names of the measurements: every one can be run, and what they have in common is none."""

from __future__ import annotations

import ast

import pytest

from firmware_py.field.bench import ROOT, names


@pytest.mark.parametrize("name", names())
def test_what_is_named_can_be_run(name: str) -> None:
    """A module of that name has a function `run`."""
    body = ast.parse((ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")).body
    assert "run" in [part.name for part in body if isinstance(part, ast.FunctionDef)]


def test_parts_of_measurements_are_not_named() -> None:
    """Nothing but measurements is offered."""
    assert not {"report", "boards", "timed_agent", "timed_output", "__init__"} & set(names())
    assert {"board", "mixed", "pair", "start"} <= set(names())
