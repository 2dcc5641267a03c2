"""`ttcs install BOXDIR`: make this machine the box whose config and keys lie there, as `ttcs enrol` writes them.

Run it as root in a checkout. It installs the program under /opt/ttcs, the config under /etc/ttcs (what is there already
is kept), user, units and device rules, and starts the agent; again, it upgrades the program and keeps config and state.
An alert that is on air is waited for. With `--root DIR` the tree of another machine is filled, and nothing is started.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import BoardSettings
from firmware_py.core.windows import Rank
from firmware_py.field import installing
from firmware_py.field.installing import Call, Put, Step
from firmware_py.runtime.config import kind_of, load_config
from firmware_py.runtime.status import is_fresh, read_status

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_CONFIG_BYTES = 1 << 20
WAIT_S = 3600.0
"""An alert that holds the air for longer than this does not keep an upgrade away."""

_LOUD = frozenset(rank.name.lower() for rank in Rank if rank in {Rank.ALERT, Rank.DRILL, Rank.OVERRIDE})


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("box", type=Path, metavar="BOXDIR", help="config and keys of the box, made by ttcs enrol")
    parser.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help="the tree of another machine")
    parser.add_argument("--no-start", action="store_true", help="install, and start nothing before the next boot")


def main(options: argparse.Namespace) -> int:
    """Install; return 0, or 2 when this is not the user for it."""
    here = options.root.resolve() == Path("/")
    if here and os.geteuid() != 0:
        print("ttcs: only root may install; type sudo ./ttcs install and the directory", file=sys.stderr)
        return 2
    product, files = box_files(options.box)
    wait_for_quiet(Path(installing.RUN_DIR) / "status.json", WAIT_S if here else 0)
    program(CHECKOUT, options.root, environment)
    names = {name: (CHECKOUT / "systemd" / name).read_bytes() for name in installing.SYSTEM}
    perform(installing.system(names), options.root, live=here)
    call(("systemd-sysusers", f"--root={options.root}"))
    perform(installing.configured(product, files), options.root, live=here)
    perform(installing.begun(product, start=not options.no_start), options.root, live=here and _has_systemd())
    print(f"installed: the {product} of {options.box}; ttcs doctor --config /{installing.CONFIG}/{product}.toml")
    return 0


def box_files(directory: Path) -> tuple[str, dict[str, bytes]]:
    """Return the product and the files of a box's directory; raise `Refused` with every fault of its config."""
    configs = [directory / f"{product}.toml" for product in ("speaker", "board")]
    found = [path for path in configs if path.is_file()]
    if len(found) != 1:
        what = f"{directory}: has {'both' if found else 'neither'} speaker.toml and board.toml"
        raise Unavailable(Code.FOLDER_UNREADABLE, f"{what}; name a directory that ttcs enrol has made")
    settings = load_config(kind_of(found[0]), found[0])
    product = "board" if isinstance(settings, BoardSettings) else "speaker"
    kept = (path for path in sorted(directory.iterdir()) if path.is_file())
    return product, {path.name: path.read_bytes() for path in kept if path.stat().st_size <= MOST_CONFIG_BYTES}


def wait_for_quiet(status: Path, limit_s: float, pause: Callable[[float], None] = time.sleep) -> None:
    """Wait until no alert, drill or live address is on air, but no longer than `limit_s`."""
    end_s = time.monotonic() + limit_s
    said = False
    while time.monotonic() < end_s and (loud := _loud(status)):
        if not said:
            print(f"{loud} is on air: waiting until it is over", flush=True)
        said = True
        pause(1.0)


def _loud(path: Path) -> str:
    """Return what of that kind is on air, "" for nothing."""
    status = read_status(path) if is_fresh(path) else None
    return next((each.title for each in status.on_air if each.rank in _LOUD), "") if status else ""


def program(checkout: Path, root: Path, make_environment: Callable[[Path], None]) -> None:
    """Install the program: made beside its place and put there whole; the one before is kept."""
    home = root / installing.HOME
    fresh, before = home.with_name(f"{home.name}.new"), home.with_name(f"{home.name}.before")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in installing.PROGRAM:
        source = checkout / name
        if source.is_dir():
            shutil.copytree(source, fresh / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, fresh / name)
    make_environment(fresh)
    shutil.rmtree(before, ignore_errors=True)
    if home.exists():
        home.rename(before)
    fresh.rename(home)
    command = root / installing.COMMAND
    command.parent.mkdir(parents=True, exist_ok=True)
    command.unlink(missing_ok=True)
    command.symlink_to(Path("/") / installing.HOME / "ttcs")


def environment(home: Path) -> None:
    """Make the virtual environment of a fresh program, and its bytecode: nobody may write there afterwards."""
    call((str(home / "ttcs"), "--help"))
    call(
        (
            str(home / ".venv" / "bin" / "python"),
            "-m",
            "compileall",
            "-q",
            str(home / "firmware_py"),
            str(home / ".venv"),
        )
    )


def perform(steps: Iterable[Step], root: Path, *, live: bool) -> None:
    """Take steps in a tree; without `live` those are left out that need the running system."""
    owners = owner_in(root)
    for step in steps:
        if isinstance(step, Put):
            put(step, root, owners)
        elif live or not step.live:
            call(placed(step, root, live=live))


def placed(step: Call, root: Path, *, live: bool) -> tuple[str, ...]:
    """Return the words of a call, for the tree where it is to work."""
    return step.words if live else (step.words[0], f"--root={root}", *step.words[1:])


def put(step: Put, root: Path, owners: Mapping[str, tuple[int, int]]) -> None:
    """Write a file, whole or not at all."""
    path = root / step.path
    if step.once and path.exists():
        print(f"/{step.path}: kept as it is")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, step.mode), "wb") as file:
        file.write(step.data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(step.mode)
    if step.mine and installing.USER in owners and os.geteuid() == 0:
        os.chown(part, *owners[installing.USER])
    part.replace(path)


def owner_in(root: Path) -> dict[str, tuple[int, int]]:
    """Return the numbers of a tree's users and of their groups."""
    try:
        lines = (root / "etc/passwd").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    entries = (line.split(":") for line in lines)
    return {entry[0]: (int(entry[2]), int(entry[3])) for entry in entries if len(entry) > 3}


def call(words: tuple[str, ...]) -> None:
    """Run a program; raise `Unavailable` with what it said when it fails."""
    try:
        done = subprocess.run(words, check=False, capture_output=True, text=True)
    except OSError as error:
        what = f"{words[0]}: cannot be run ({error.strerror}); install its package"
        raise Unavailable(Code.DISK_FAILED, what) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise Unavailable(Code.DISK_FAILED, f"{' '.join(words)}: failed ({said}); mend that, and install again")


def _has_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()
