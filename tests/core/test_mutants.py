"""The tests of the core notice what is wrong with it: every mutant dies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.mutants import AGENT, MUTANTS, RECURRENCE, RULE, Mutant

ROOT = Path(__file__).resolve().parents[2]
CORE = Path("firmware_py") / "core"
QUICK = ("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-profile=mutants")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the core and its tests, to be spoilt."""
    (tmp_path / "firmware_py").mkdir()
    shutil.copy(ROOT / "firmware_py" / "__init__.py", tmp_path / "firmware_py")
    for part in (CORE, Path("tests") / "core"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/waiting.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _passes(copy: Path, tests: tuple[str, ...]) -> bool:
    """Return whether the tests pass in a copy; status 1 is a failed test, all else a fault of this test."""
    command = [sys.executable, "-P", "-m", "pytest", *QUICK, *tests]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON"))}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.timeout(120)
@pytest.mark.parametrize("tests", [RULE, AGENT, RECURRENCE], ids=["rule", "agent", "recurrence"])
def test_the_core_as_it_is_passes(copy: Path, tests: tuple[str, ...]) -> None:
    """The tests pass in an unspoilt copy: what fails in a spoilt one fails for its mutation."""
    assert _passes(copy, tests)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.harm)
def test_mutants_die(copy: Path, mutant: Mutant) -> None:
    """With one line of the core wrong, its tests fail."""
    path = copy / CORE / mutant.file
    text = path.read_text()
    assert text.count(mutant.old) == 1
    path.write_text(text.replace(mutant.old, mutant.new))
    assert not _passes(copy, mutant.tests)
