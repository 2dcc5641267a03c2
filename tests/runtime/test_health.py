"""Health is what the kernel says, and nothing is made up where it says nothing."""

from __future__ import annotations

from pathlib import Path

from firmware_py.core.reports import Health
from firmware_py.core.units import SECOND
from firmware_py.runtime.health import HealthWatch
from firmware_py.runtime.modem import NoModem
from firmware_py.runtime.spool import KEPT_FILES, Spool


def put(root: Path, name: str, text: str) -> None:
    """Write a file of a kernel."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_boards_own_files_are_read(tmp_path: Path) -> None:
    """Temperature, throttling, undervoltage and the life of the eMMC as a Raspberry Pi's kernel writes them."""
    proc, sys = tmp_path / "proc", tmp_path / "sys"
    put(proc, "uptime", "123.45 400.00\n")
    put(proc, "loadavg", "0.42 0.30 0.20 1/100 999\n")
    put(proc, "meminfo", "MemTotal: 1000 kB\nMemAvailable:   204800 kB\n")
    put(proc, "self/statm", "1000 2560 300 1 0 200 0\n")
    put(sys, "class/thermal/thermal_zone0/temp", "61234\n")
    put(sys, "devices/platform/soc/soc:firmware/get_throttled", "50005\n")
    put(sys, "class/mmc_host/mmc0/mmc0:0001/life_time", "0x01 0x03\n")
    health = HealthWatch(300.0, tmp_path, NoModem(), proc, sys).read()
    assert (health.uptime_s, health.load, health.memory_available_mb, health.agent_mb) == (123, 0.42, 200, 10)
    assert (health.temperature_c, health.undervoltage, health.throttled) == (61.234, True, True)
    assert health.disk_life_used_pct == 30
    assert health.disk_free_mb is not None
    assert health.disk_free_mb > 0


def test_what_a_machine_does_not_have_is_left_out(tmp_path: Path) -> None:
    """No such files, or nonsense in them: None, never a zero that looks like a measurement."""
    put(tmp_path / "sys", "class/thermal/thermal_zone0/temp", "hot\n")
    health = HealthWatch(300.0, tmp_path / "none", NoModem(), tmp_path / "proc", tmp_path / "sys").read()
    assert health == Health()


def test_this_machine_has_a_health() -> None:
    """The real files of the machine that runs the tests can be read."""
    health = HealthWatch(300.0, Path.cwd(), NoModem()).read()
    assert health.uptime_s > 0
    assert health.agent_mb
    assert health.memory_available_mb


def test_it_is_read_once_a_period(tmp_path: Path) -> None:
    """At once, and then when the period is over."""
    watch = HealthWatch(10.0, tmp_path, NoModem())
    read = [watch.due(at_us) is not None for at_us in (0, 5 * SECOND, 10 * SECOND, 11 * SECOND, 20 * SECOND)]
    assert read == [True, False, True, False, True]


def test_the_spool_keeps_what_is_newest(tmp_path: Path) -> None:
    """Files are there whole; of too many the oldest go; a directory that takes nothing stops nobody."""
    spool = Spool(tmp_path / "spool")
    for number in range(KEPT_FILES + 5):
        spool.put(f"{number:03}.opus", b"voice")
    names = sorted(path.name for path in (tmp_path / "spool").iterdir())
    assert len(names) == KEPT_FILES
    assert f"{KEPT_FILES + 4:03}.opus" in names
    spool.put("no/such/directory.opus", b"voice")
