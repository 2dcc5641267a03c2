"""The dependency rule and its reader: which module imports what, and which of that is against the rule."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OURS = "firmware_py"

# Layer (directory below the package, "" is the package itself): the layers that it may import beside itself.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "core": frozenset(),
    "link": frozenset({"", "core"}),
    "store": frozenset({"", "core"}),
    "runtime": frozenset({"", "core"}),
    "wiring": frozenset({"", "core", "link", "store", "runtime"}),
    "speaker": frozenset({"", "core", "link", "store", "runtime", "wiring"}),
    "board": frozenset({"", "core", "link", "store", "runtime", "wiring"}),
    "field": frozenset({"", "core", "link", "store", "runtime", "speaker", "board"}),
}

# Third-party library: the file or directory outside which nothing imports it. In a directory it is one module,
# its adapter; the pages and drivers of the board all draw with pygame, keys and certificates are two things, and so are
# pictures and animations, the modem and the words that are said over a serial line, and what is seen and heard of a
# video.
HOME: dict[str, str] = {
    "PIL": "board",
    "audioop": "speaker",
    "av": "board/video",
    "certifi": "speaker/relay/connection.py",
    "cryptography": "link/crypto",
    "gpiod": "speaker/power/gpio.py",
    "lunar_vn": "board/dates.py",
    "minimalmodbus": "speaker/power/modbus.py",
    "msgspec": "core/codec.py",
    "paho": "link/mqtt.py",
    "pygame": "board",
    "pypdfium2": "board/document.py",
    "requests": "link/https.py",
    "serial": "runtime",
    "sounddevice": "speaker",
    "urllib3": "link/https.py",
    "vlc": "",
}
# A second adapter: the stand-in for the province is a client of the same broker as the boxes; the servers of live
# streams are strangers, to whom no certificate of ours is shown; modem, mains and words on a line are any box's, the
# amplifier is a speaker's; a board has the sound of its videos only.
SECOND_HOME: dict[str, str] = {
    "audioop": "board/video/loudspeaker.py",
    "gpiod": "runtime/mains.py",
    "paho": "field/province/client.py",
    "serial": "speaker/power/modbus.py",
    "sounddevice": "board/video/loudspeaker.py",
}
MANY_MODULES = frozenset({"PIL", "av", "cryptography", "pygame", "serial"})

# What the pure layer may not import or call: files, sockets, processes, threads, clocks, chance, surroundings.
IMPURE_MODULES = frozenset(
    """_thread asyncio concurrent ctypes fcntl fileinput getpass glob http importlib io locale logging mmap
    multiprocessing os pathlib pickle platform queue random resource runpy secrets select selectors shelve shutil
    signal smtplib socket socketserver sqlite3 ssl subprocess sys syslog tempfile termios threading time tomllib
    urllib uuid webbrowser""".split()  # noqa: SIM905 - a paragraph is easier to read than a column
)
IMPURE_CALLS = frozenset(
    {"open", "print", "input", "exec", "eval", "breakpoint", "__import__", "now", "today", "utcnow"}
)


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module by its full name, and where it stands."""

    target: str
    line: int
    nested: bool
    explained: bool


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package: its dotted name, its place below the package and what it imports and calls."""

    name: str
    path: Path
    imports: tuple[Import, ...]
    calls: tuple[tuple[str, int], ...]

    @property
    def layer(self) -> str:
        """The directory below the package, "" for the package's own files."""
        return self.path.parts[0] if len(self.path.parts) > 1 else ""


def violations(package: Path) -> list[str]:
    """Return a line for everything in the package's files that is against the rule."""
    modules = read(package)
    rules = (unknown_layers, layers, homes, single_adapters, purity, nesting, cycles)
    return [line for rule in rules for line in rule(modules)]


def read(package: Path) -> dict[str, Module]:
    """Return the package's modules by name."""
    paths = {_name(path.relative_to(package)): path for path in sorted(package.rglob("*.py"))}
    return {name: _module(name, path, package, frozenset(paths)) for name, path in paths.items()}


def unknown_layers(modules: dict[str, Module]) -> Iterator[str]:
    """Every directory of the package is a layer of the table."""
    for module in modules.values():
        if module.layer not in MAY_IMPORT:
            yield f"{module.path}: {module.layer} is no layer of the table"


def layers(modules: dict[str, Module]) -> Iterator[str]:
    """A layer imports itself and what the table allows."""
    for module in modules.values():
        allowed = MAY_IMPORT.get(module.layer, frozenset()) | {module.layer}
        for item in module.imports:
            layer = _layer_of(item.target, modules)
            if layer is not None and layer not in allowed:
                what = f"{layer or OURS} ({item.target})"
                yield f"{module.path}:{item.line}: {module.layer} must not import {what}"


def homes(modules: dict[str, Module]) -> Iterator[str]:
    """A library outside the standard one is in the table and is imported at home only."""
    for module in modules.values():
        for item, library in _foreign(module):
            if library not in HOME:
                yield f"{module.path}:{item.line}: {library} is no library of the table"
            elif not (module.path.is_relative_to(HOME[library]) or _is_second_home(module, library)):
                yield f"{module.path}:{item.line}: {library} belongs into {HOME[library]}"


def single_adapters(modules: dict[str, Module]) -> Iterator[str]:
    """A library has one module that imports it."""
    users: dict[str, set[str]] = {}
    for module in modules.values():
        for _, library in filter(lambda found: not _is_second_home(module, found[1]), _foreign(module)):
            users.setdefault(library, set()).add(str(module.path))
    for library, paths in users.items():
        if len(paths) > 1 and library not in MANY_MODULES:
            yield f"{library} is imported by more than one module: {', '.join(sorted(paths))}"


def _is_second_home(module: Module, library: str) -> bool:
    return SECOND_HOME.get(library) == module.path.as_posix()


def purity(modules: dict[str, Module]) -> Iterator[str]:
    """The core does no input or output and reads no clock."""
    for module in modules.values():
        if module.layer == "core":
            for item in module.imports:
                if item.target.split(".")[0] in IMPURE_MODULES:
                    yield f"{module.path}:{item.line}: core must not import {item.target}"
            for called, line in module.calls:
                if called in IMPURE_CALLS:
                    yield f"{module.path}:{line}: core must not call {called}()"


def nesting(modules: dict[str, Module]) -> Iterator[str]:
    """An import inside a function has a comment that says why."""
    for module in modules.values():
        for item in module.imports:
            if item.nested and not item.explained:
                yield f"{module.path}:{item.line}: import of {item.target} inside a function without a reason"


def cycles(modules: dict[str, Module]) -> Iterator[str]:
    """No module imports itself by way of others."""
    edges = {name: sorted({i.target for i in module.imports} & modules.keys()) for name, module in modules.items()}
    done: set[str] = set()
    for name in edges:
        yield from _cycles_from(name, edges, [], done)


def _cycles_from(name: str, edges: dict[str, list[str]], way: list[str], done: set[str]) -> Iterator[str]:
    if name in way:
        yield f"import cycle: {' -> '.join([*way[way.index(name) :], name])}"
    elif name not in done:
        for target in edges[name]:
            yield from _cycles_from(target, edges, [*way, name], done)
        done.add(name)


def _name(path: Path) -> str:
    parts = [OURS, *path.with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _layer_of(target: str, modules: dict[str, Module]) -> str | None:
    top, *below = target.split(".")
    if top != OURS:
        return None
    known = modules.get(target)
    return known.layer if known else "".join(below[:1])


def _foreign(module: Module) -> Iterator[tuple[Import, str]]:
    for item in module.imports:
        top = item.target.split(".")[0]
        if top in HOME or (top != OURS and top not in sys.stdlib_module_names):
            yield item, top


def _module(name: str, path: Path, package: Path, known: frozenset[str]) -> Module:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, str(path))
    base = name if path.name == "__init__.py" else name.rpartition(".")[0]
    nested = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    imports = tuple(
        Import(target, node.lineno, id(node) in nested, _explained(source.splitlines()[node.lineno - 1]))
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for target in _targets(node, base, known)
    )
    return Module(name, path.relative_to(package), imports, tuple(_calls(tree)))


def _targets(node: ast.Import | ast.ImportFrom, base: str, known: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    above = ".".join(base.split(".")[: len(base.split(".")) - node.level + 1]) if node.level else ""
    source = ".".join(part for part in (above, node.module) if part)
    for alias in node.names:
        inner = f"{source}.{alias.name}"
        yield inner if inner in known else source


def _explained(line: str) -> bool:
    comment = re.sub(r"noqa(: *[A-Z]+\d+(, *[A-Z]+\d+)*)?", "", line.partition("#")[2])
    return len(comment.strip(" -#:")) > len("because")


def _calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            yield called, node.lineno
