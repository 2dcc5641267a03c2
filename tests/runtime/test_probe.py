"""A check in a child process gives facts or a flaw, whatever the child does, and leaves nothing running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Unavailable
from firmware_py.runtime.probe import ProbeRunner
from tests.waiting import until

SHA = "ab" * 32

Run = Callable[..., Facts | Flaw]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a script as the check of a file."""
    script = tmp_path / "check.py"
    content = tmp_path / "bản tin.mp3"
    content.write_bytes(b"x")

    def run(source: str, timeout_s: float = 10.0, memory_mb: int = 300) -> Facts | Flaw:
        script.write_text(source, encoding="utf-8")
        runner = ProbeRunner({"audio": (sys.executable, str(script), "--quiet")}, timeout_s, memory_mb)
        return runner.probe("audio", content, SHA)

    return run


def flaw(found: Facts | Flaw) -> str:
    """Return what is said of a check that came to no verdict."""
    assert isinstance(found, Flaw)
    assert found.code is Code.CONTENT_UNREADABLE
    assert "bản tin.mp3: the audio check " in found.detail
    assert found.detail.endswith("; make the file again, or convert it to another format")
    return found.detail


def test_facts_are_what_the_check_measured(run: Run, tmp_path: Path) -> None:
    """Given fields are taken, others keep their default, unknown ones are ignored; path and hash are the caller's."""
    found = run('print(\'{"duration_us": 61000000, "rate_hz": 44100, "path": "/x", "sha256": "y", "codec": 1}\')')
    assert found == Facts(SHA, str(tmp_path / "bản tin.mp3"), duration_us=61_000_000, rate_hz=44_100)


@pytest.mark.parametrize("status", [0, 1])
def test_a_flaw_is_what_the_check_says(run: Run, status: int) -> None:
    """Code and detail are taken as they are, with any status."""
    found = run(f'print(\'{{"code": "content_silent", "detail": "a: là im lặng"}}\'); raise SystemExit({status})')
    assert found == Flaw(Code.CONTENT_SILENT, "a: là im lặng")


def test_the_last_line_counts(run: Run) -> None:
    """What a library writes on standard output before the verdict does not matter."""
    assert isinstance(run('print("VLC says hello"); print("{}"); print()'), Facts)


def test_the_check_gets_its_arguments_and_no_more(run: Run, tmp_path: Path) -> None:
    """The child sees its command and the file, has nothing to read, and stands in a group of its own, at low rank."""
    found = run(
        "import json, os, resource, sys\n"
        "assert sys.argv[1:] == ['--quiet', os.path.join(os.path.dirname(sys.argv[0]), 'bản tin.mp3')]\n"
        "limits = [resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[0] for name in ('AS', 'CPU', 'CORE')]\n"
        "alone = os.getpgid(0) == os.getpid()\n"
        "facts = [sys.stdin.read(), os.nice(0), alone, *limits]\n"
        "print(json.dumps({'format': json.dumps(facts)}))",
        timeout_s=9.5,
    )
    assert isinstance(found, Facts), found
    assert found.format == f'["", {min(os.nice(0) + 10, 19)}, true, {300_000_000 // 1024 * 1024}, 10, 0]'
    assert str(tmp_path) in found.path


BROKEN = [
    ("", "ended with status 0 and without a verdict"),
    ("print('hello')", "ended with status 0 and without a verdict"),
    ("print('[]')", "ended with status 0 and no verdict"),
    ("print('[' * 9999)", "ended with status 0 and without a verdict"),
    ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", "ended with status 0 and without a verdict"),
    ("print('{}'); raise SystemExit(3)", "ended with status 3"),
    ("1 / 0", "ended with status 1 and without a verdict"),
    ('print(\'{"rate_hz": "fast"}\')', "gave a verdict that does not fit Facts"),
    ("print('{\"duration_us\": -1}')", "has measured less than nothing"),
    ('print(\'{"code": "no_such", "detail": ""}\')', "gave a verdict that does not fit Flaw"),
    ('print(\'{"code": "content_silent"}\')', "gave a verdict that does not fit Flaw"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV"),
    ("import os; print('{}', flush=True); os.abort()", "was ended by SIGABRT"),
    ("print('x' * 70_000)", "wrote more than 65536 bytes"),
    ("while True: print('x' * 1000)", "wrote more than 65536 bytes"),
]


@pytest.mark.parametrize(("source", "message"), BROKEN, ids=range(len(BROKEN)))
def test_a_check_without_verdict_is_a_flaw(run: Run, source: str, message: str) -> None:
    """A child that dies, talks nonsense or too much says that the file cannot be used, and how it went wrong."""
    assert message in flaw(run(source))


def test_complaints_do_not_block(run: Run) -> None:
    """A child that writes megabytes of warnings is not held up by them."""
    assert isinstance(run("import sys; sys.stderr.write('warning ' * 500_000); print('{}')"), Facts)


def test_memory_is_limited(run: Run) -> None:
    """A child that wants more memory than it may have does not get it."""
    source = 'try:\n    bytearray(400_000_000)\nexcept MemoryError:\n    print(\'{"format": "refused"}\')'
    found = run(source)
    assert isinstance(found, Facts)
    assert found.format == "refused"


def test_a_check_that_hangs_is_ended(run: Run, tmp_path: Path) -> None:
    """After its time the child is gone, and with it what it has started."""
    path = tmp_path / "pids"
    source = (
        "import os, subprocess, pathlib\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(path)!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        "child.wait()"
    )
    assert "did not end within 1.5 s" in flaw(run(source, timeout_s=1.5))
    for pid in path.read_text(encoding="ascii").split():
        until(lambda pid=pid: _gone(pid))  # type: ignore[misc]  # the number of this turn


def _gone(pid: str) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_check_that_computes_for_ever_is_ended(run: Run) -> None:
    """Processor time is limited as time on the wall is."""
    assert "did not end within 0.3 s" in flaw(run("while True: pass", timeout_s=0.3))


def test_heirs_of_the_pipes_are_not_waited_for(run: Run, tmp_path: Path) -> None:
    """A grandchild that keeps the pipes open neither delays the verdict nor outlives it."""
    path = tmp_path / "pid"
    source = (
        "import subprocess, pathlib\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(path)!r}).write_text(str(child.pid))\n"
        'print(\'{"format": "mp3"}\')'
    )
    started_s = time.monotonic()
    found = run(source, timeout_s=50)
    assert time.monotonic() - started_s < 50
    assert isinstance(found, Facts)
    assert found.format == "mp3"
    until(lambda: _gone(path.read_text(encoding="ascii")))


def test_nothing_stays_open(run: Run) -> None:
    """After good and bad checks the process has no more descriptors and no more children than before."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for source in ("print('{}')", "raise SystemExit(3)", "import os; os.abort()", "print('x' * 70_000)"):
        run(source)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_check_that_is_not_there_says_nothing_of_the_file(tmp_path: Path) -> None:
    """A program that cannot be run is the box's fault: unavailable, not a flaw."""
    for command in ("no-such-program-here", str(tmp_path)):
        with pytest.raises(Unavailable, match=f"cannot be run: {command}") as raised:
            ProbeRunner({"audio": (command,)}, 5, 100).probe("audio", tmp_path / "a", SHA)
        assert raised.value.code is Code.DECODER_FAILED
