"""`ttcs keys`: from the first root key to a document that a box obeys, and what is said when it would not."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from firmware_py.core.codec import from_json
from firmware_py.core.units import HOUR, MINUTE
from firmware_py.core.writing import write_document
from firmware_py.field.keychain import Keychain, load_keyring
from firmware_py.field.main import main
from tests.core.forging import alert, command, life


def done(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """Return what the command says with --json; its status must be 0."""
    assert main(["keys", *map(str, words), "--json"]) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def failed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Return what is said on standard error, one line; the status must be 1."""
    assert main(["keys", *map(str, words)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("ttcs: ")
    assert shown.err.count("\n") == 1
    return shown.err


def soon() -> dict[str, Any]:
    """Return the life of a document of now."""
    now_us = time.time_ns() // 1000
    return life(issued=now_us - MINUTE, expires=now_us + HOUR)


def written(path: Path, document: Any) -> Path:  # noqa: ANN401 - any document
    """Write a document as somebody who signs it has it."""
    path.write_bytes(write_document(document))
    return path


@pytest.fixture(name="place")
def _place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    """Return a directory with root keys and a key of each of three roles."""
    place = tmp_path / "keys"
    done(capsys, "init", place)
    done(capsys, "role", "command", "--name", "trung-tam", place)
    done(capsys, "role", "technician", "--name", "ky-thuat", place)
    done(capsys, "role", "alert", "--area", "62", "--area", "63", "--name", "canh-bao", place)
    return place


def test_the_way_from_nothing_to_a_command_that_is_obeyed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """Root key, role, signature, and the same answer as a box would give."""
    file = written(tmp_path / "c.json", command("volume", volume_pct=30, **soon()))
    envelope = tmp_path / "c.envelope"
    assert (
        main(["keys", "sign", str(file), "--type", "command", "--key", "trung-tam", str(place), "-o", str(envelope)])
        == 0
    )
    told = done(capsys, "verify", envelope, "--keyring", place / "keyring.json")
    assert (told["valid"], told["type"], told["audience"]) == (True, "command", "device:kt-001")
    assert told["signers"] == [Keychain(place).key("trung-tam").id]


def test_an_envelope_goes_to_standard_output_as_well(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """One line of JSON that is an envelope."""
    file = written(tmp_path / "c.json", command(**soon()))
    assert main(["keys", "sign", str(file), "--type", "command", "--key", "trung-tam", str(place)]) == 0
    (tmp_path / "out").write_text(capsys.readouterr().out)
    assert done(capsys, "verify", tmp_path / "out", "--keyring", place / "keyring.json")["valid"]


def sealed(tmp_path: Path, place: Path, document: Any, kind: str, *names: str) -> Path:  # noqa: ANN401 - any document
    """Return the file of a document signed with keys of these names."""
    file, out = written(tmp_path / f"{kind}.json", document), tmp_path / f"{kind}-{'-'.join(names)}.envelope"
    keys = [word for name in names for word in ("--key", name)]
    assert main(["keys", "sign", str(file), "--type", kind, *keys, str(place), "-o", str(out)]) == 0
    return out


def test_what_a_box_would_refuse_is_refused_with_the_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """Wrong role, another box, expired, damaged, no envelope: the code of the report, and status 1."""
    ring = ("--keyring", place / "keyring.json")
    drill = sealed(tmp_path, place, command("drill", **soon()), "command", "ky-thuat")
    assert "(role_forbidden)" in failed(capsys, "verify", drill, *ring)
    good = sealed(tmp_path, place, command(**soon()), "command", "trung-tam")
    assert "(audience_wrong)" in failed(capsys, "verify", good, *ring, "--device", "kt-002")
    old = sealed(tmp_path, place, command(issued=0, expires=HOUR), "command", "trung-tam")
    assert "(expired)" in failed(capsys, "verify", old, *ring)
    good.write_bytes(good.read_bytes()[:-10])
    assert "(envelope_malformed)" in failed(capsys, "verify", good, *ring)
    assert "cannot be read" in failed(capsys, "verify", tmp_path / "none", *ring)


def test_an_alert_is_judged_by_the_areas_of_a_box(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """A key for the province reaches the commune of a box whose chain says so, and no other commune."""
    ring = ("--keyring", place / "keyring.json")
    flood = sealed(tmp_path, place, alert("area:62.608", **soon()), "alert", "canh-bao")
    assert done(capsys, "verify", flood, *ring, "--area", "62", "--area", "62.608")["valid"]
    assert "(role_forbidden)" in failed(capsys, "verify", flood, *ring)
    assert "(audience_wrong)" in failed(capsys, "verify", flood, *ring, "--area", "62", "--area", "62.9")


def test_a_document_with_faults_is_not_signed(capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path) -> None:
    """Every fault with its place; nothing is written."""
    file = tmp_path / "c.json"
    tree = from_json(write_document(command(**soon()))) | {"kind": "sing", "seq": 0}
    file.write_text(json.dumps(tree))
    command_line = [
        "keys",
        "sign",
        str(file),
        "--type",
        "command",
        "--key",
        "trung-tam",
        str(place),
        "-o",
        str(tmp_path / "o"),
    ]
    assert main(command_line) == 1
    said = capsys.readouterr().err
    assert "seq: is 0" in said
    assert "kind: is 'sing'" in said
    assert not (tmp_path / "o").exists()


def test_a_rotated_key_is_replaced_with_its_rights(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """What the new key signs is obeyed; what the old one signed is not, and the new keyring follows the old one."""
    before, first = sealed(tmp_path, place, command(**soon()), "command", "trung-tam"), tmp_path / "first.json"
    shutil.copy(place / "keyring.json", first)
    told = done(capsys, "rotate", "trung-tam", place)
    assert told["version"] == 5
    assert done(capsys, "verify", place / "keyring.json", "--keyring", first)["type"] == "keyring"
    assert "(signature_invalid)" in failed(capsys, "verify", before, "--keyring", place / "keyring.json")
    after = sealed(tmp_path, place, command(**soon()), "command", "trung-tam")
    assert done(capsys, "verify", after, "--keyring", place / "keyring.json")["valid"]


def test_a_rotated_root_takes_every_box_along(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    """After three rotations of the root the newest keyring follows directly upon each that was before."""
    for _ in range(3):
        done(capsys, "rotate", "root-1", place)
    newest = place / "keyring.json"
    for version in range(1, 7):
        assert done(capsys, "verify", newest, "--keyring", place / "keyrings" / f"{version}.json")["valid"]
        older = place / "keyrings" / f"{version}.json"
        assert "(signature_invalid)" in failed(capsys, "verify", older, "--keyring", newest)


def test_a_revoked_key_is_gone_with_its_grant(capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path) -> None:
    """By name, or by its id where the key itself was stolen and is not here."""
    signed = sealed(tmp_path, place, command(**soon()), "command", "ky-thuat")
    stolen = Keychain(place).key("canh-bao").id
    told = done(capsys, "revoke", "ky-thuat", place)
    assert [grant["role"] for grant in told["grants"]] == ["root", "command", "alert"]
    assert "(signature_invalid)" in failed(capsys, "verify", signed, "--keyring", place / "keyring.json")
    (next((place / "keys").glob("canh-bao.*"))).unlink()
    told = done(capsys, "revoke", stolen[:12], place)
    assert [grant["role"] for grant in told["grants"]] == ["root", "command"]


def test_the_last_root_cannot_be_revoked(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    """Nobody could ever change the keyring again."""
    assert "rotate it instead" in failed(capsys, "revoke", "root-1", place)


def test_several_roots_must_sign_where_that_was_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two of three, in three places: one stick is too few, any two are enough, and nothing is left of what failed."""
    place, safe = tmp_path / "keys", [tmp_path / f"stick{number}" for number in range(3)]
    done(capsys, "init", "--roots", 3, "--threshold", 2, "--root-dir", safe[0], place)
    for stick, path in zip(safe[1:], sorted(safe[0].iterdir())[1:], strict=True):
        stick.mkdir()
        path.rename(stick / path.name)
    role = ("role", "content", "--name", "noi-dung", place)
    assert "--root-dir" in failed(capsys, *role)
    assert "--root-dir" in failed(capsys, *role, "--root-dir", safe[2])
    assert not (place / "keys").exists()
    assert load_keyring(place / "keyring.json").version == 1
    assert done(capsys, *role, "--root-dir", safe[1], "--root-dir", safe[2])["version"] == 2


def test_several_keys_of_a_role_must_sign_where_that_was_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """A pair of keys for commands: one is too few."""
    done(capsys, "role", "command", "--name", "a", "--name", "b", "--threshold", 2, place)
    ring = ("--keyring", place / "keyring.json")
    one = sealed(tmp_path, place, command(**soon()), "command", "a")
    assert "(role_forbidden)" in failed(capsys, "verify", one, *ring)
    assert done(capsys, "verify", sealed(tmp_path, place, command(**soon()), "command", "a", "b"), *ring)["valid"]


def test_a_keyring_is_renewed(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    """The same keys, a later end."""
    before = load_keyring(place / "keyring.json")
    done(capsys, "renew", "--days", 3000, place)
    after = load_keyring(place / "keyring.json")
    assert (after.keys, after.grants, after.version) == (before.keys, before.grants, 5)
    assert after.expires > before.expires


def test_what_cannot_be_is_said_before_anything_is_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """A second init, a name that is taken or is none, an alert key without area, too few keys, an unknown key."""
    keys = sorted(path.name for path in place.rglob("*.key"))
    assert "there is a keyring already" in failed(capsys, "init", place)
    assert "there is a key of this name" in failed(capsys, "role", "command", "--name", "ky-thuat", place)
    assert "is no name of a key" in failed(capsys, "role", "command", "--name", "../x", place)
    assert "give areas to alert roles" in failed(capsys, "role", "alert", "--name", "x", place)
    assert "needs 2 signatures" in failed(capsys, "role", "command", "--name", "x", "--threshold", 2, place)
    assert "no key of this name" in failed(capsys, "rotate", "x", place)
    assert "needs 2 signatures" in failed(capsys, "init", "--threshold", 2, tmp_path / "new")
    assert "cannot be read" in failed(capsys, "show", tmp_path)
    assert sorted(path.name for path in place.rglob("*.key")) == keys
    assert not (tmp_path / "new").exists()


def test_a_key_that_others_may_read_stops_everything(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    """It is named with what to do."""
    path = next((place / "keys").glob("ky-thuat.*"))
    path.chmod(0o644)
    assert f"{path}: others may read this private key" in failed(capsys, "rotate", "ky-thuat", place)


def test_a_keyring_is_shown_with_the_names_of_the_keys_that_are_here(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """For people, and the same from a copy of the file alone, without the names."""
    assert main(["keys", "show", str(place)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "version: 4"
    assert any(line.startswith("  alert      1 of 1 for 62, 63: canh-bao (") for line in lines)
    shutil.copy(place / "keyring.json", tmp_path / "copy.json")
    assert main(["keys", "show", str(tmp_path / "copy.json")]) == 0
    assert "  root       1 of 1: not here (" in capsys.readouterr().out


def test_what_an_envelope_claims_is_shown_as_a_claim(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, place: Path
) -> None:
    """Whatever its signatures are worth: nothing was verified."""
    told = done(capsys, "show", sealed(tmp_path, place, command(**soon()), "command", "ky-thuat"))
    assert told["verified"] is False
    assert told["document"]["kind"] == "snapshot"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("init",),
        ("role", "root", "--name", "x", "d"),
        ("role", "alert", "--area", "6/2", "--name", "x", "d"),
        ("role", "content", "d"),
        ("init", "--days", "0", "d"),
        ("sign", "f", "--type", "song", "--key", "x", "d"),
        ("verify", "f"),
    ],
)
def test_wrong_use_has_status_2(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """And says what is right."""
    with pytest.raises(SystemExit) as ended:
        main(["keys", *words])
    assert ended.value.code == 2
    assert "usage: ttcs keys" in capsys.readouterr().err
