"""The systemd units: they start what there is, are well-formed, and let the agent do little besides its work."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.field.test_documents import parser_of

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "systemd").glob("*.service"))
MOST_EXPOSED = 2.0
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1

each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
with_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here"
)


def service(unit: Path) -> dict[str, str]:
    """Return what a unit says of its service; of a key that comes several times, the last value."""
    parsed = ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(unit, encoding="utf-8")
    return dict(parsed["Service"])


def test_the_units_are_there() -> None:
    """One for each product."""
    assert [unit.stem for unit in UNITS] == ["ttcs-board", "ttcs-speaker"]


@each_unit
def test_a_unit_starts_what_there_is(unit: Path) -> None:
    """The words of ExecStart are taken by the command, and the agent speaks systemd's protocol as the unit expects."""
    told = service(unit)
    program, *words = told["ExecStart"].split()
    assert program == "/opt/ttcs/.venv/bin/python"
    assert words[:3] == ["-P", "-m", "firmware_py.field.main"]
    options = parser_of(words[3]).parse_args(words[4:])
    assert unit.stem == f"ttcs-{options.product}"
    assert str(options.config) == f"/etc/ttcs/{options.product}.toml"
    assert (told["Type"], told["Restart"]) == ("notify", "always")
    assert int(told["WatchdogSec"]) >= 10


@each_unit
@with_systemd
def test_a_unit_is_one_to_systemd(unit: Path, tmp_path: Path) -> None:
    """`systemd-analyze verify` has no complaint about a unit whose program is there."""
    copy = tmp_path / unit.name
    text = unit.read_text(encoding="utf-8").replace("/opt/ttcs/.venv/bin/python", sys.executable)
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True)
    assert unit.name not in done.stderr
    assert done.returncode == 0, done.stderr


def exposed(unit: Path) -> bool:
    """Return whether systemd counts more than `MOST_EXPOSED` of 10 points of exposure for a unit."""
    limit = f"--threshold={MOST_EXPOSED * 10:.0f}"
    asked = ("systemd-analyze", "security", "--offline=true", limit, str(unit))
    return subprocess.run(asked, check=False, capture_output=True).returncode != 0


@each_unit
@with_systemd
def test_a_unit_is_hardened(unit: Path, tmp_path: Path) -> None:
    """It stays below the limit, and one without its restrictions does not."""
    assert not exposed(unit)
    bare = tmp_path / unit.name
    bare.write_text(f"[Service]\nExecStart={sys.executable}\n", encoding="utf-8")
    assert exposed(bare)


def refuse_new_code() -> bool:
    """Have the kernel refuse memory that is written and then run, as MemoryDenyWriteExecute= does; False before 6.3."""
    return bool(ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)


_CHECK = """
import sys
from firmware_py.field.main import main
from tests.field.test_units import refuse_new_code
sys.exit(77 if not refuse_new_code() else main(["check", "config/demo/feed/schedule.json"]))
"""


def test_a_loudspeaker_decodes_without_memory_that_is_written_and_run() -> None:
    """libVLC, its callbacks into Python and the loudness meter live under what the unit forbids."""
    assert service(ROOT / "systemd" / "ttcs-speaker.service")["MemoryDenyWriteExecute"] == "yes"
    done = subprocess.run([sys.executable, "-c", _CHECK], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip("this kernel is older than 6.3")
    assert done.returncode == 0, done.stdout + done.stderr
