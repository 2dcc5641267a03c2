"""`ttcs install`: a tree is filled so that a box runs in it; again, the program is new and the box is the same."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest

from firmware_py.core.codec import to_json
from firmware_py.core.errors import Refused, Unavailable
from firmware_py.core.overview import OnAir, Status
from firmware_py.field import install, installing
from firmware_py.field.install import box_files, call, perform, program, wait_for_quiet
from firmware_py.field.installing import Call, Put, settled
from firmware_py.field.main import main

CONFIG = '[device]\nid = "a"\nname = "A"\n[link]\nkind = "folder"\npath = "feed"\ntrust = "unsigned"\n'


@pytest.fixture(name="box")
def _box(tmp_path: Path) -> Path:
    directory = tmp_path / "box"
    directory.mkdir()
    (directory / "speaker.toml").write_text(CONFIG)
    (directory / "device.key").write_text("secret")
    (directory / "ca.pem").write_text("public")
    return directory


def environment(home: Path) -> None:
    """Have an interpreter, as far as anybody looks."""
    (home / ".venv").mkdir()


def modes(root: Path) -> dict[str, str]:
    """Return the files of a box's config with their modes."""
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in (root / installing.CONFIG).iterdir()}


def test_a_box_is_installed_with_its_config_and_keys(box: Path, tmp_path: Path) -> None:
    """The program where the unit looks for it, the files of the system, the config with the unit's directories."""
    root = tmp_path / "root"
    program(install.CHECKOUT, root, environment)
    names = {name: (install.CHECKOUT / "systemd" / name).read_bytes() for name in installing.SYSTEM}
    product, files = box_files(box)
    perform([*installing.system(names), *installing.configured(product, files)], root, live=False)
    assert (root / "opt/ttcs/firmware_py/field/main.py").is_file()
    assert (root / "usr/local/bin/ttcs").readlink() == Path("/opt/ttcs/ttcs")
    assert (root / "etc/systemd/system/ttcs-speaker.service").read_bytes() == names["ttcs-speaker.service"]
    assert modes(root) == {"speaker.toml": "0o640", "device.key": "0o600", "ca.pem": "0o640"}
    device = tomllib.loads((root / "etc/ttcs/speaker.toml").read_text())["device"]
    assert (device["state_dir"], device["run_dir"]) == ("/var/lib/ttcs", "/run/ttcs")


def test_every_file_of_the_system_is_installed() -> None:
    """What lies in `systemd/` is what the installer knows."""
    assert {path.name for path in (install.CHECKOUT / "systemd").iterdir()} == set(installing.SYSTEM)


def test_an_upgrade_keeps_the_config_and_the_program_before(
    box: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What somebody has changed in /etc stays; the old program is there to go back to."""
    root = tmp_path / "root"
    for _ in range(2):
        program(install.CHECKOUT, root, environment)
        perform(installing.configured(*box_files(box)), root, live=False)
        with (root / "etc/ttcs/speaker.toml").open("a") as file:
            file.write("# mine\n")
    assert (root / "etc/ttcs/speaker.toml").read_text().count("# mine") == 2
    assert (root / "opt/ttcs.before/ttcs").is_file()
    assert "/etc/ttcs/device.key: kept as it is" in capsys.readouterr().out


def test_an_upgrade_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """No network in the middle of it: the program that runs is not touched."""
    program(install.CHECKOUT, tmp_path, environment)
    (tmp_path / "opt/ttcs/mark").touch()

    def fails(_home: Path) -> None:
        raise Unavailable("disk_failed", "no network")  # type: ignore[arg-type]  # a code

    with pytest.raises(Unavailable, match="no network"):
        program(install.CHECKOUT, tmp_path, fails)
    assert (tmp_path / "opt/ttcs/mark").exists()
    program(install.CHECKOUT, tmp_path, environment)
    assert not (tmp_path / "opt/ttcs/mark").exists()


@pytest.mark.parametrize(
    "config",
    [
        '[device]  # of the box\nid = "a"\n[link]\n',
        '[device]\nid = "a"\nstate_dir = "state"\nrun_dir="run"\n[link]\n',
    ],
)
def test_the_directories_of_the_unit_take_the_place_of_others(config: str) -> None:
    """Whether the config names some or none."""
    device = tomllib.loads(settled(config))["device"]
    assert device == {"id": "a", "state_dir": "/var/lib/ttcs", "run_dir": "/run/ttcs"}


def test_a_config_with_faults_is_refused_before_anything_is_done(box: Path) -> None:
    """As `ttcs check` would; and so is a directory that is no box's."""
    (box / "speaker.toml").write_text(CONFIG + "[sound]\nvolume_pct = 900\n")
    with pytest.raises(Refused, match="volume_pct"):
        box_files(box)
    (box / "board.toml").write_text(CONFIG)
    with pytest.raises(Unavailable, match="has both"):
        box_files(box)
    with pytest.raises(Unavailable, match="has neither"):
        box_files(box.parent)


def test_an_alert_on_air_is_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program is not replaced in the middle of it; said once, and no longer than a limit."""
    path = tmp_path / "status.json"

    def say(rank: str) -> None:
        path.write_bytes(to_json(Status(1, 2, 3, "trusted", "ready", 1, (OnAir("sound", "Lũ quét", rank=rank),), 0)))

    ranks = iter(("alert", "drill", "normal"))
    say("alert")
    wait_for_quiet(path, 60, lambda _s: say(next(ranks)))
    assert next(ranks, None) is None
    assert capsys.readouterr().out == "Lũ quét is on air: waiting until it is over\n"
    wait_for_quiet(path.with_name("none"), 60, lambda _s: pytest.fail("nothing to wait for"))
    say("alert")
    wait_for_quiet(path, 0, lambda _s: pytest.fail("the time is over"))


def test_a_tree_elsewhere_is_told_by_the_programs_own_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs a running system is left out there."""
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(install, "call", called.append)
    steps = (Call(("udevadm", "trigger")), Call(("systemctl", "enable", "x"), live=False))
    perform(steps, tmp_path, live=False)
    assert called == [("systemctl", f"--root={tmp_path}", "enable", "x")]
    called.clear()
    perform(steps, Path("/"), live=True)
    assert called == [("udevadm", "trigger"), ("systemctl", "enable", "x")]


def test_a_file_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was left of an earlier try is in nobody's way."""
    (tmp_path / "a.part").write_text("half")
    perform([Put(Path("a"), b"whole")], tmp_path, live=False)
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert not (tmp_path / "a.part").exists()


@pytest.mark.parametrize(("words", "said"), [(("false",), "failed"), (("/no/such/program",), "cannot be run")])
def test_a_program_that_fails_ends_it_with_what_it_said(words: tuple[str, ...], said: str) -> None:
    """And with what to do."""
    with pytest.raises(Unavailable, match=said):
        call(words)


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may install")
def test_only_root_may_install(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On this machine; said with the command to type."""
    assert main(["install", str(box)]) == 2
    assert "sudo" in capsys.readouterr().err
