"""The root script `ttcs` makes what is missing and runs the command, in a checkout that holds little else.

apt, sudo and dpkg are stand-ins on the path that write down how they were called; pip is one inside a real virtual
environment. What the real ones do is seen on a fresh machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMMAND = """
import os, sys
print(os.getcwd(), sys.flags.utf8_mode, *sys.argv[1:], sep="|")
"""
PIP = """
import os, sys
with open(os.environ["CALLS"], "a") as calls:
    print("pip", *sys.argv[1:], file=calls)
if os.environ.get("PIP_FAILS"):
    sys.exit("pip: no such network")
open(os.path.join(os.path.dirname(os.path.dirname(__file__)), "library.py"), "w").close()
"""
STANDINS = {
    "dpkg-query": 'for name; do :; done; grep -qx "$name" "$STATE/absent" && exit 1; echo installed',
    "apt-get": 'echo "apt-get $*" >>"$CALLS"\n'
    'if [ -n "${APT_FAILS-}" ]; then echo "E: no such archive" >&2; exit 100; fi\n'
    'case "$*" in *install*) : >"$STATE/absent" ;; esac',
    "sudo": '[ -z "${SUDO_FAILS-}" ] || exit 1\necho "sudo $*" >>"$CALLS"; shift; exec "$@"',
    "id": 'echo "${USER_ID-1000}"',
    "python3": f'if [ "$*" = "--version" ] && [ -n "${{OLD-}}" ]; then echo "Python 3.9.2"; exit; fi\n'
    '[ -z "${OLD-}" ] || exit 1\n'
    f'[ "$1 $2 $3" = "-I -m venv" ] || exec "{sys.executable}" "$@"\n'
    f'echo "venv" >>"$CALLS"; "{sys.executable}" -m venv --without-pip "$4" || exit\n'
    'for site in "$4"/lib/python3*/site-packages; do cp -r "$STATE/pip" "$site/pip"; done',
}


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout with the real script and stand-ins for everything that it calls."""

    root: Path
    state: Path

    def start(self, *words: str, script: Path | None = None, **environ: str) -> subprocess.Popen[str]:
        """Start the script, by default this checkout's, in the directory `state`."""
        path = f"{self.state / 'bin'}:/usr/bin:/bin"
        return subprocess.Popen(
            [str(script or self.root / "ttcs"), *words],
            cwd=self.state,
            env={"PATH": path, "STATE": str(self.state), "CALLS": str(self.state / "calls"), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, script: Path | None = None, **environ: str) -> tuple[int, str, str]:
        """Run the script and return its status, output and messages."""
        process = self.start(*words, script=script, **environ)
        out, err = process.communicate(timeout=50)
        return process.returncode, out, err

    def calls(self) -> list[str]:
        """Return what the stand-ins were called with since the last time that this was asked."""
        path = self.state / "calls"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def lack(self, *packages: str) -> None:
        """Make these Debian packages absent, as after `apt-get remove`."""
        (self.state / "absent").write_text("".join(f"{package}\n" for package in packages), encoding="utf-8")


def _executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def fresh(tmp_path: Path) -> Checkout:
    """A checkout nothing was made in yet, in a directory whose name has spaces and marks."""
    checkout = Checkout(tmp_path / "xã Đăk Hà" / "firmware", tmp_path / "state")
    (checkout.root / "lock").mkdir(parents=True)
    shutil.copy(ROOT / "ttcs", checkout.root / "ttcs")
    for name in ("run", "dev"):
        (checkout.root / "lock" / f"{name}.txt").write_text(f"# {name}\n", encoding="utf-8")
    for name, text in {"__init__.py": "", "field/__init__.py": "", "field/main.py": COMMAND}.items():
        (checkout.root / "firmware_py" / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout.root / "firmware_py" / name).write_text(text, encoding="utf-8")
    (checkout.state / "pip").mkdir(parents=True)
    (checkout.state / "pip" / "__main__.py").write_text(PIP, encoding="utf-8")
    for name, text in STANDINS.items():
        _executable(checkout.state / "bin" / name, text)
    checkout.lack()
    return checkout


@pytest.fixture
def made(fresh: Checkout) -> Checkout:
    """A checkout in which everything for run time has been made."""
    assert fresh.run("check")[0] == 0
    fresh.calls()
    return fresh


def test_from_nothing_to_the_command(fresh: Checkout) -> None:
    """The first start makes the environment, says so in one line and hands over directory and arguments unchanged."""
    status, out, err = fresh.run("demo", "--out", "a b", "*")
    assert (status, out) == (0, f"{fresh.state}|1|demo|--out|a b|*\n")
    assert err == f"ttcs: installing lock/run.txt into {fresh.root}/.venv, for about half a minute\n"


def test_packages_are_taken_by_their_hashes_only(fresh: Checkout) -> None:
    """Pip is told to refuse what has no hash, what is not locked and what would have to be compiled."""
    fresh.run("demo")
    venv, pip = fresh.calls()
    assert venv == "venv"
    assert " --require-hashes " in pip
    assert " --no-deps " in pip
    assert " --only-binary :all: " in pip
    assert pip.endswith(f" -r {fresh.root}/lock/run.txt")


def test_second_start_is_silent(made: Checkout) -> None:
    """With nothing missing the script says nothing and calls neither apt nor pip."""
    status, _, err = made.run("demo")
    assert (status, err, made.calls()) == (0, "", [])


def test_script_may_be_a_link_from_elsewhere(made: Checkout) -> None:
    """A symbolic link to the script runs the checkout that it points into."""
    link = made.state / "ttcs"
    link.symlink_to(made.root / "ttcs")
    assert made.run("run", script=link)[:2] == (0, f"{made.state}|1|run\n")


def test_checkout_may_be_moved(made: Checkout) -> None:
    """A moved checkout works on without being made again."""
    moved = Checkout(made.root.rename(made.state / "moved"), made.state)
    assert moved.run("run") == (0, f"{made.state}|1|run\n", "")


def test_modules_where_the_user_stands_are_not_imported(made: Checkout) -> None:
    """A file named like a module in the current directory does not take its place."""
    (made.state / "firmware_py.py").write_text("raise SystemExit('wrong one')", encoding="utf-8")
    assert made.run("run")[0] == 0


def test_two_starts_at_once_make_it_once(fresh: Checkout) -> None:
    """Of two first starts at the same time one makes the environment and both run."""
    both = [fresh.start("run"), fresh.start("run")]
    for process in both:
        process.communicate(timeout=50)
    assert [process.returncode for process in both] == [0, 0]
    assert [call.split()[0] for call in fresh.calls()] == ["venv", "pip"]


def test_lock_is_free_while_the_command_runs(fresh: Checkout) -> None:
    """A command started by the start that made the environment does not keep others from making theirs."""
    (fresh.root / "firmware_py" / "field" / "main.py").write_text(
        "import sys\nprint('up', flush=True)\nsys.stdin.read()", encoding="utf-8"
    )
    process = fresh.start("run")
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "up\n"
        assert subprocess.run(["flock", "--nonblock", fresh.root / ".venv.lock", "true"], check=False).returncode == 0
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.mark.parametrize("broken", ["bin/python", "lib/python3*/site-packages/library.py", "complete.run"])
def test_broken_environment_is_made_again(made: Checkout, broken: str) -> None:
    """An environment without its interpreter, a package or its stamp (as an interrupted one) is made anew."""
    for path in (made.root / ".venv").glob(broken):
        path.unlink()
    status, _, err = made.run("run")
    assert status == 0
    assert "installing" in err
    assert [call.split()[0] for call in made.calls()] == ["venv", "pip"]


def test_changed_lock_is_installed(made: Checkout) -> None:
    """After the lock has changed, the next start installs it, and the one after that is silent again."""
    (made.root / "lock" / "run.txt").write_text("# newer\n", encoding="utf-8")
    assert "installing lock/run.txt" in made.run("run")[2]
    assert made.run("run")[2] == ""


def test_failed_install_is_tried_again(fresh: Checkout) -> None:
    """When pip fails, its output is shown and the status is 1; the next start does the whole again."""
    status, out, err = fresh.run("run", PIP_FAILS="1")
    assert (status, out) == (1, "")
    assert "no such network" in err
    assert "lock/run.txt" in err
    assert fresh.run("run")[0] == 0


def test_missing_packages_without_rights_are_named(fresh: Checkout) -> None:
    """Who may not install gets the exact command with what is missing, and status 1."""
    fresh.lack("libvlc5", "tzdata", "xvfb")
    status, out, err = fresh.run("run", SUDO_FAILS="1")
    assert (status, out, fresh.calls()) == (1, "", [])
    assert "sudo apt-get install -y --no-install-recommends libvlc5 tzdata\n" in err


@pytest.mark.parametrize(("user_id", "prefix"), [("0", ""), ("1000", "sudo -n env DEBIAN_FRONTEND=noninteractive ")])
def test_missing_packages_are_installed(fresh: Checkout, user_id: str, prefix: str) -> None:
    """Root, or who has sudo without a password, gets exactly what is missing, after the lists are renewed."""
    fresh.lack("libvlc5", "tzdata")
    status, _, err = fresh.run("run", USER_ID=user_id)
    calls = fresh.calls()
    apt = [call for call in calls if call.startswith("apt-get")]
    assert status == 0
    assert "ttcs: installing Debian packages: libvlc5 tzdata\n" in err
    assert apt[0].endswith(" update")
    assert apt[1].endswith(" install -y --no-install-recommends libvlc5 tzdata")
    assert [call for call in calls if call.startswith("sudo -n env")] == [f"{prefix}{call}" for call in apt if prefix]


def test_failed_apt_stops_and_shows_why(fresh: Checkout) -> None:
    """When apt fails, its output is shown, the status is 1 and the next start tries again."""
    fresh.lack("libvlc5")
    status, _, err = fresh.run("run", APT_FAILS="1")
    assert status == 1
    assert "E: no such archive" in err
    assert fresh.run("run")[0] == 0


def test_removed_package_is_noticed(made: Checkout) -> None:
    """A Debian package that was removed after everything had been made is installed again."""
    made.lack("libportaudio2")
    os.utime(made.root / ".venv" / "complete.run", (0, 0))
    assert "installing Debian packages: libportaudio2" in made.run("run")[2]


def test_tests_need_more_than_run_time(made: Checkout) -> None:
    """`test` installs the test packages and the development lock into the same environment, which stays one."""
    made.lack("xvfb")
    assert "installing lock/dev.txt" in made.run("test")[2]
    calls = [call for call in made.calls() if not call.startswith("sudo")]
    assert [call.split()[0] for call in calls] == ["apt-get", "apt-get", "pip"]
    assert calls[1].endswith(" xvfb")
    assert calls[2].endswith("/lock/dev.txt")
    assert made.run("run") == (0, f"{made.state}|1|run\n", "")


def test_another_python_has_its_own_environment(made: Checkout) -> None:
    """TTCS_PYTHON gets an environment named by its version beside the default one."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert made.run("run", TTCS_PYTHON=str(made.state / "bin" / "python3"))[0] == 0
    assert (made.root / f".venv-{version}" / "complete.run").exists()
    assert made.run("run")[2] == ""


def test_old_python_is_refused(fresh: Checkout) -> None:
    """An interpreter before 3.11 is refused with its version and the way to name another."""
    status, out, err = fresh.run("run", OLD="1", USER_ID="0")
    assert (status, out) == (1, "")
    assert "python3 is Python 3.9.2, but Python 3.11 or newer is needed" in err
    assert "TTCS_PYTHON" in err


def test_python_that_does_not_run_is_refused(fresh: Checkout) -> None:
    """A TTCS_PYTHON that is no program is named in the message."""
    status, _, err = fresh.run("run", TTCS_PYTHON="/nowhere/python")
    assert status == 1
    assert "TTCS_PYTHON=/nowhere/python is not a Python that runs" in err
