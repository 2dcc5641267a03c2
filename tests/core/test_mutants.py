"""The tests of the core notice what is wrong with it: every mutant dies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.mutants import AGENT, LINK, MUTANTS, OTHERS, RECURRENCE, RULE, TRUST, Mutant

ROOT = Path(__file__).resolve().parents[2]
CORE = Path("firmware_py") / "core"
CRYPTO = Path("firmware_py") / "link" / "crypto"
FILES = (
    "pyproject.toml",
    "firmware_py/__init__.py",
    "firmware_py/link/__init__.py",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/waiting.py",
)
SUITES = (*RULE, *AGENT, *LINK, *TRUST, *RECURRENCE, *OTHERS)
QUICK = ("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-profile=mutants")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core and its tests, compiled once: each mutant compiles but the module that it changes."""
    place = tmp_path_factory.mktemp("pristine")
    for part in (CORE, CRYPTO, Path("tests") / "core"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, place / name)
    assert _passes(place, ("--collect-only", *SUITES))
    return place


@pytest.fixture
def copy(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the core and its tests, to be spoilt."""
    return shutil.copytree(pristine, tmp_path / "copy")


def _passes(copy: Path, tests: tuple[str, ...]) -> bool:
    """Return whether the tests pass in a copy; status 1 is a failed test, all else a fault of this test."""
    command = [sys.executable, "-P", "-m", "pytest", *QUICK, *tests]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON"))}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "tests",
    [RULE, AGENT, LINK, TRUST, RECURRENCE, OTHERS],
    ids=["rule", "agent", "link", "trust", "recurrence", "others"],
)
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
