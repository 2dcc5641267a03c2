"""`ttcs test`: everything that must hold before a change is merged, in one command."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PYTEST = ("pytest", "-q")


@dataclass(frozen=True, slots=True)
class Step:
    """One check: a Python module with its arguments, run in the root of the checkout."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, and after how many seconds."""

    step: Step
    ok: bool
    seconds: float


STEPS = (
    Step("lint", ("ruff", "check", ".")),
    Step("format", ("ruff", "format", "--check", ".")),
    Step("types", ("mypy", "--strict", "firmware_py", "tests", "benchmarks")),
    Step("tests", (*_PYTEST, "-n", "3", "--dist", "worksteal", "-m", "not boxes and not realtime")),
    # Whole boxes mostly wait, so there are more of them than cores; those of one file share what they wait for.
    Step("box tests", (*_PYTEST, "-n", "4", "--dist", "loadfile", "-m", "boxes")),
    # What is due at an instant must not compete for two cores with all the rest, but two at a time mostly wait.
    Step("realtime tests", (*_PYTEST, "-n", "2", "--dist", "loadfile", "-m", "realtime")),
)


def main(argv: list[str]) -> int:
    """Run every step, or pytest alone with the arguments given; print a line for each; return 0, 1 or 2."""
    if not (ROOT / "tests").is_dir():
        print(f"ttcs test: {ROOT} holds no tests; run ./ttcs test in a checkout", file=sys.stderr)
        return 2
    steps = (Step("tests", (*_PYTEST, *argv)),) if argv else STEPS
    with tempfile.TemporaryDirectory(prefix="ttcs-test-") as bytecode:
        outcomes = [run(step, Path(bytecode)) for step in steps]
    print(summary(outcomes))
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def run(step: Step, bytecode: Path) -> Outcome:
    """Run one step, its output to ours. All steps are run, also after one that failed.

    Tests start the agent hundreds of times: compiled modules are kept in `bytecode`, never in the checkout.
    """
    print(f"== {step.name}: {' '.join(step.command)}", flush=True)
    begin_s = time.monotonic()
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, "-P", "-m", *step.command], cwd=ROOT, env=environment, check=False)
    return Outcome(step, done.returncode == 0, time.monotonic() - begin_s)


def summary(outcomes: list[Outcome]) -> str:
    """Return a line for each step: whether it holds and the seconds it took, then their sum."""
    lines = [f"{'ok    ' if done.ok else 'FAILED'} {done.step.name:14}{done.seconds:7.1f} s" for done in outcomes]
    lines.append(f"       {'all':14}{sum(done.seconds for done in outcomes):7.1f} s")
    return "\n".join(lines)
