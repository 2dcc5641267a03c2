"""House rules that no other tool checks, each a function from a checkout to the places that break it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

LINES_MAX = 400
SOURCES = ("firmware_py", "tests", "benchmarks")
PATCHERS = frozenset({"monkeypatch", "mocker", "mock", "patch"})
LOCKS = ("run", "dev")
# A lock says which files, by their hashes; where they come from is the business of the machine.
PLACE = re.compile(r"://|^\s*(-i|-f|--(index|extra|find|trusted|proxy|cert)\S*)\b|@\s*file:|^\s*/", re.MULTILINE)


def undocumented_modules(root: Path) -> Iterator[str]:
    """A module says in its docstring what it is for."""
    for path, tree in _trees(root, *SOURCES):
        if not ast.get_docstring(tree):
            yield f"{path}: no docstring"


def long_modules(root: Path) -> Iterator[str]:
    """A module of more than 400 lines does more than one thing."""
    for path, _ in _trees(root, *SOURCES):
        lines = len((root / path).read_text(encoding="utf-8").splitlines())
        if lines > LINES_MAX:
            yield f"{path}: {lines} lines"


def unexplained_tests(root: Path) -> Iterator[str]:
    """A test says in its docstring what must hold."""
    for path, tree in _trees(root, "tests"):
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if name.startswith("test_") and not ast.get_docstring(node):
                        yield f"{path}:{node.lineno}: {name} has no docstring"


def sleeping_tests(root: Path) -> Iterator[str]:
    """A test waits for what must happen (tests/waiting.py), never for a guessed time."""
    for path, tree in _trees(root, "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "sleep":
                yield f"{path}:{node.lineno}: sleeps"
            if isinstance(node, ast.ImportFrom) and any(alias.name == "sleep" for alias in node.names):
                yield f"{path}:{node.lineno}: imports sleep"


def patching_tests(root: Path) -> Iterator[str]:
    """The core is pure: its tests give it values and replace nothing inside."""
    for path, tree in _trees(root, "tests/core"):
        for node in ast.walk(tree):
            for name in PATCHERS.intersection(_names(node)):
                yield f"{path}:{getattr(node, 'lineno', 1)}: {name}"


def places_in_locks(root: Path) -> Iterator[str]:
    """A lock names no host, index, option or local file."""
    for name in LOCKS:
        text = (root / "lock" / f"{name}.txt").read_text(encoding="utf-8")
        for found in PLACE.finditer(text):
            line = text.count("\n", 0, found.end()) + 1
            yield f"lock/{name}.txt:{line}: {text.splitlines()[line - 1].strip()}"


def unlocked(root: Path) -> Iterator[str]:
    """What pyproject.toml asks for is locked, and development has the run-time versions."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run, dev = (_pins(root / "lock" / f"{name}.txt") for name in LOCKS)
    for requirement in project["dependencies"]:
        if _project(requirement) not in run:
            yield f"lock/run.txt: {requirement} of pyproject.toml is not locked; run lock/make"
    for requirement in project["optional-dependencies"]["dev"]:
        if _project(requirement) not in dev:
            yield f"lock/dev.txt: {requirement} of pyproject.toml is not locked; run lock/make"
    for name, pin in run.items():
        if dev.get(name) != pin:
            yield f"lock/dev.txt: {name} is not {pin} as in lock/run.txt; run lock/make"


def unhashed(root: Path) -> Iterator[str]:
    """Every locked package is one exact version with at least one SHA-256."""
    for name in LOCKS:
        for project, pin in _pins(root / "lock" / f"{name}.txt").items():
            if not re.search(r"==[^ ]+.*--hash=sha256:[0-9a-f]{64}", pin):
                yield f"lock/{name}.txt: {project} has no exact version or no hash"


def _trees(root: Path, *directories: str) -> Iterator[tuple[Path, ast.Module]]:
    for directory in directories:
        for path in sorted((root / directory).rglob("*.py")):
            yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"), str(path))


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the words by which a node could reach a patcher."""
    if isinstance(node, ast.arg):
        yield node.arg
    if isinstance(node, ast.Attribute):
        yield node.attr
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (part for alias in node.names for part in alias.name.split("."))
        yield from (getattr(node, "module", None) or "").split(".")


def _pins(lock: Path) -> dict[str, str]:
    lines = re.sub(r"\\\n", " ", lock.read_text(encoding="utf-8")).splitlines()
    return {_project(line): line for line in lines if line and not line.startswith("#")}


def _project(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", name.group() if name else requirement).lower()
