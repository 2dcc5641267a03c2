"""`ttcs test` tells the truth about its steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_py.field.suite import Outcome, Step, main, run, summary


@pytest.mark.parametrize(("arguments", "ok"), [(("--help",), True), (("--no-such-option",), False)])
def test_step_holds_when_its_module_ends_with_status_0(arguments: tuple[str, ...], tmp_path: Path, *, ok: bool) -> None:
    """A step is as good as the exit status of the module that it runs."""
    assert run(Step("json", ("json.tool", *arguments)), tmp_path).ok is ok


def test_summary_names_each_step_with_its_seconds() -> None:
    """The summary has a line for each step and the sum of the seconds."""
    outcomes = [Outcome(Step("lint", ()), ok=True, seconds=1.04), Outcome(Step("types", ()), ok=False, seconds=20.0)]
    assert summary(outcomes).split() == "ok lint 1.0 s FAILED types 20.0 s all 21.0 s".split()  # noqa: SIM905 - a line


def test_arguments_go_to_pytest_and_its_failure_is_ours() -> None:
    """With arguments only pytest runs, and a failure of it is status 1."""
    assert main(["--no-such-option"]) == 1
