"""The house rules hold, and each of them can be broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import house

ROOT = Path(__file__).resolve().parents[1]
Rule = Callable[[Path], Iterator[str]]

RULES: tuple[Rule, ...] = (
    house.undocumented_modules,
    house.long_modules,
    house.unexplained_tests,
    house.sleeping_tests,
    house.patching_tests,
    house.places_in_locks,
    house.unlocked,
    house.unhashed,
)
HASH = "--hash=sha256:" + "0" * 64
PYPROJECT = '[project]\ndependencies = ["Foo_Bar>=1"]\noptional-dependencies = {dev = ["baz"]}\n'
GOOD = {
    "pyproject.toml": PYPROJECT,
    "lock/run.txt": f"# Written by lock/make.\nfoo-bar==1.0 \\\n    {HASH}\n",
    "lock/dev.txt": f"baz==2 ; python_version >= '3.13' \\\n    {HASH} \\\n    {HASH}\nfoo-bar==1.0 \\\n    {HASH}\n",
    "firmware_py/a.py": '"""A."""\n',
    "tests/core/test_a.py": '"""A."""\ndef test_a():\n    """Holds."""\n',
    "tests/test_b.py": '"""B."""\nimport pytest\ndef test_b(monkeypatch):\n    """Holds."""\n',
}
BREAKS: list[tuple[str, Rule, str, str]] = [
    ("module", house.undocumented_modules, "firmware_py/a.py", "x = 1\n"),
    ("long", house.long_modules, "firmware_py/a.py", '"""A."""\n' * 401),
    ("test", house.unexplained_tests, "tests/test_b.py", '"""B."""\nasync def test_b(): ...\n'),
    ("method", house.unexplained_tests, "tests/test_b.py", '"""B."""\nclass TestB:\n    def test_b(self): ...\n'),
    ("sleep", house.sleeping_tests, "tests/test_b.py", '"""B."""\nimport time\ntime.sleep(1)\n'),
    ("sleep-name", house.sleeping_tests, "tests/test_b.py", '"""B."""\nfrom time import sleep\n'),
    ("mock", house.patching_tests, "tests/core/test_a.py", '"""A."""\nfrom unittest import mock\n'),
    ("mock-module", house.patching_tests, "tests/core/test_a.py", '"""A."""\nimport unittest.mock\n'),
    ("monkeypatch", house.patching_tests, "tests/core/test_a.py", '"""A."""\ndef helper(monkeypatch): ...\n'),
    ("host", house.places_in_locks, "lock/run.txt", f"# from https://example.test/\nfoo-bar==1.0 {HASH}\n"),
    ("index", house.places_in_locks, "lock/run.txt", f"--index-url example\nfoo-bar==1.0 {HASH}\n"),
    ("find-links", house.places_in_locks, "lock/run.txt", f"foo-bar==1.0 {HASH}\n-f wheels\n"),
    ("file", house.places_in_locks, "lock/run.txt", f"foo-bar @ file:foo {HASH}\n"),
    ("not-locked", house.unlocked, "pyproject.toml", PYPROJECT.replace("baz", "qux")),
    ("stale", house.unlocked, "lock/run.txt", f"foo-bar==1.1 \\\n    {HASH}\n"),
    ("no-hash", house.unhashed, "lock/run.txt", "foo-bar==1.0\n"),
    ("no-version", house.unhashed, "lock/run.txt", f"foo-bar>=1.0 {HASH}\n"),
]


def write(root: Path, files: dict[str, str]) -> Path:
    """Write the files of a checkout below `root` and return it."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("rule", RULES)
def test_this_checkout_keeps_the_rule(rule: Rule) -> None:
    """Nothing in this checkout breaks the rule."""
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_checkout_in_order_is_not_complained_about(tmp_path: Path, rule: Rule) -> None:
    """A small checkout that keeps all the rules gives no complaint."""
    assert list(rule(write(tmp_path, GOOD))) == []


@pytest.mark.parametrize(("rule", "name", "text"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_a_break_is_seen_where_it_is(tmp_path: Path, rule: Rule, name: str, text: str) -> None:
    """The same checkout with one file that breaks a rule gives a complaint by that rule."""
    complaints = list(rule(write(tmp_path, {**GOOD, name: text})))
    assert complaints
    assert all(line.startswith(("lock/", name)) for line in complaints)
