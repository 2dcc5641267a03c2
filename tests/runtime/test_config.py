"""A config file becomes settings, or every fault of it is named with file, line, key and remedy."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from firmware_py.core.errors import Refused
from firmware_py.core.settings import BoardSettings, Settings, SpeakerSettings
from firmware_py.core.times import parse_span
from firmware_py.runtime.config import MAX_CONFIG_BYTES, kind_of, load_config, read_config

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
[device]
id = "loa"
name = "Cụm loa thôn 3"

[link]
kind = "folder"
path = "feed"
trust = "unsigned"
"""
FAULTY = """\
link = {kind = "folder", path = "feed", trust = "sealed", poll_s = 0.1}
clock.source = "gps"

[device]
name = "Cụm loa thôn 3"
timezone = "Asia/Hanoi"
colour = "red"

[ "sound" ]
volume_pct = 120
sink = 3

[[hours.caps]]
hours = "05:00-06:00"
max_pct = 60
[[hours.caps]]
hours = "06:00"
max_pct = -1

[screen.area]
x = 1
"""
EXPECTED = {
    "link.poll_s": ("1", "is 0.1", "allowed: 0.2 to 3600 seconds"),
    "link.trust": ("1", "is 'sealed'", "allowed: 'unsigned', 'signed'"),
    "clock.source": ("2", "is 'gps'", "allowed: 'system', 'assume-trusted'"),
    "device.id": ("4", "is missing", "it must be given"),
    "device.timezone": ("6", "'Asia/Hanoi' is no time zone known here", "Viet Nam is Asia/Ho_Chi_Minh"),
    "device.colour": ("7", "is not a known key", "known here: id, name, areas, timezone, state_dir, run_dir"),
    "sound.volume_pct": ("10", "is 120", "allowed: 0 to 100 percent"),
    "sound.sink": ("11", "is 3", "allowed: 'auto', 'portaudio', 'null'"),
    "hours.caps[1].hours": ("17", "'06:00' is not a span of the day", "write it like 21:30-05:00"),
    "hours.caps[1].max_pct": ("18", "is -1", "allowed: 0 to 100 percent"),
    "screen": (
        "20",
        "is not a known key",
        "known here: device, link, store, clock, hours, sound, amplifier, relay, self_test, modem, mains",
    ),
}


def refused(text: str, *changes: str, kind: type[Settings] = SpeakerSettings) -> list[str]:
    """Return the lines that are said of a text with faults."""
    with pytest.raises(Refused) as raised:
        read_config(kind, text, "box.toml", changes)
    return [str(problem) for problem in raised.value.problems]


def test_a_config_with_the_needed_keys_has_the_defaults_for_the_rest() -> None:
    """What is not written has its default, and lists and spans are read."""
    settings = read_config(SpeakerSettings, GOOD + '[hours]\nquiet = ["21:30-05:00"]\n', "box.toml")
    assert (settings.device.name, settings.device.timezone) == ("Cụm loa thôn 3", "Asia/Ho_Chi_Minh")
    assert (settings.link.poll_s, settings.sound.volume_pct) == (2.0, 80)
    assert settings.hours.quiet == (parse_span("21:30-05:00"),)


def test_every_fault_is_named_with_its_line_and_remedy() -> None:
    """Inline tables, dotted keys, quoted sections, arrays of tables and nested ones: each fault has its line."""
    said = refused(FAULTY)
    assert len(said) == len(EXPECTED)
    for key, (line, what, remedy) in EXPECTED.items():
        assert f"box.toml:{line}: {key}: {what} ({remedy})" in said


def test_a_fault_without_a_line_of_its_own_has_the_file() -> None:
    """What is missing altogether, and keys that no line shows plainly, are still named with the file."""
    assert refused("") == [
        "box.toml: device: is missing (it must be given)",
        "box.toml: link: is missing (it must be given)",
    ]
    for key in ("a[b].c]", "]", "[", ".", "a.[0].b"):
        unknown = [line for line in refused(f'"{key}" = 1') if "is not a known key" in line]
        assert len(unknown) == 1
        assert unknown[0].startswith("box.toml: ")
        assert key in unknown[0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-11-23", "a date without quotes"),
        ("05:30:00", "a time of day without quotes"),
        ("2026-11-23T05:30:00+07:00", "a date and time without quotes"),
        ("0x" + "f" * 6000, "a whole number of more than 18 digits"),
        ("nan", "nan"),
        ("[1]", "a list"),
        ("{a = 1}", "a table"),
    ],
)
def test_values_that_only_toml_has_are_refused_like_others(value: str, shown: str) -> None:
    """Dates, times, endless numbers, not-a-numbers, lists and tables in place of a number are faults with a line."""
    said = refused(f"{GOOD}poll_s = {value}\n")
    assert [line.partition(", must")[0].partition(" (")[0] for line in said] == [f"box.toml:9: link.poll_s: is {shown}"]


def test_what_is_no_toml_is_said_with_its_line() -> None:
    """A text that is no TOML is one fault, with the place where reading stopped."""
    (said,) = refused(GOOD + "poll_s = = 3\n")
    assert said.startswith("box.toml: is not TOML: Invalid value (at line 9, column ")
    assert said.endswith("(mend that line)")
    assert refused("a = " + "[" * 20_000)[0].startswith("box.toml: is not TOML: ")
    assert refused("a." * 5000 + "a = 1")[0].startswith("box.toml: a: is not a known key")


def test_a_change_takes_the_place_of_what_the_file_says() -> None:
    """A single assignment changes one key, makes a section that is not there, or replaces a list."""
    changes = ("sound.volume_pct=5", 'device.name="Khác"', "hours.quiet=[]", "link.poll_s=9")
    settings = read_config(SpeakerSettings, f'{GOOD}[hours]\nquiet = ["21:30-05:00"]\n', "box.toml", changes)
    assert (settings.sound.volume_pct, settings.device.name) == (5, "Khác")
    assert (settings.hours.quiet, settings.link.poll_s) == ((), 9.0)
    assert settings.device.id == "loa"


def test_a_fault_of_a_change_is_named_as_such() -> None:
    """Who typed a change is told of the change, not of a line of the file that is right."""
    assert refused(GOOD, "sound.volume_pct=101") == [
        "--set sound.volume_pct=101: sound.volume_pct: is 101 (allowed: 0 to 100 percent)"
    ]
    assert refused(GOOD, "device=1")[0] == "--set device=1: device: is 1, must be a table of keys and values"
    assert refused(GOOD, "volume")[0].startswith("--set volume: is not TOML: ")


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """State, run and feed directories of a file mean the same wherever the agent is started; absolute ones stay."""
    path = tmp_path / "box.toml"
    path.write_text(GOOD, encoding="utf-8")
    settings = load_config(SpeakerSettings, path, ['device.state_dir="../state"'])
    assert Path(settings.link.path) == tmp_path / "feed"
    assert Path(settings.device.state_dir).resolve() == tmp_path.parent / "state"
    assert settings.device.run_dir == "/run/ttcs"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'[device]\nid = "\xff"', ": is not UTF-8 at byte 15 (save it as UTF-8)"),
        ("# ô\n".encode() * MAX_CONFIG_BYTES, f": has more than {MAX_CONFIG_BYTES} bytes (name a config file)"),
        (None, ": cannot be read: No such file or directory (check the name and the permissions)"),
    ],
    ids=["not UTF-8", "too large", "missing"],
)
def test_a_file_that_cannot_be_taken_is_named(tmp_path: Path, raw: bytes | None, said: str) -> None:
    """What is no UTF-8, far too large or not there is refused with the file's name and a remedy."""
    path = tmp_path / "box.toml"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(Refused) as raised:
        load_config(BoardSettings, path)
    assert [str(problem) for problem in raised.value.problems] == [f"{path}{said}"]


def test_a_directory_is_no_config(tmp_path: Path) -> None:
    """A directory in place of a file is refused by name, whichever program it would be for."""
    with pytest.raises(Refused, match="cannot be read: Is a directory"):
        load_config(kind_of(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[device]\n[screen]\n", BoardSettings),
        ("[ screen.area ]\n", BoardSettings),
        ("screen.width = 3\n", BoardSettings),
        ("[sound]\n# [screen]\n", SpeakerSettings),
        ("", SpeakerSettings),
    ],
)
def test_a_config_with_a_screen_is_a_boards(tmp_path: Path, text: str, kind: type[Settings]) -> None:
    """Which program a file is for shows in its sections."""
    path = tmp_path / "box.toml"
    path.write_text(text)
    assert kind_of(path) is kind


INSERTS = (
    *("[", "]", "[[", "]]", "{", "}", '"', "'''", "=", ".", ",", "#", "\\", "\n", "\0", "é", "\u202e", "\ud7ff"),
    *("true", "nan", "-inf", "1e999", "0x" + "f" * 40, "2026-02-30", "2026-11-23", "[screen]", "[[hours.caps]]"),
    *("a.b.c = 1\n", '"a]" = 1\n', '"[0]" = []\n', "hours = 5\n", "[[[[", "\x7f", '"" = 1\n', "[device.id.x]\n"),
)


def spoiled(text: str, chance: Random) -> str:
    """Return a text with a few places cut out, put in, doubled or swapped."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + chance.choice((1, 2, 8, 40)))
        new = chance.choice((chance.choice(INSERTS), text[to : to + 20], text[at:to] * 2, "", text[at:to][::-1]))
        text = text[:at] + new + text[to:]
    return text


@pytest.mark.parametrize("product", ["speaker", "board"])
def test_no_text_takes_the_reader_down(product: str) -> None:
    """Three thousand spoiled configs: each gives settings or named faults, never another exception, never a hang."""
    kind = {"speaker": SpeakerSettings, "board": BoardSettings}[product]
    seed = (ROOT / "config" / f"{product}.example.toml").read_text(encoding="utf-8")
    seed = re.sub(r" *#.*", "", seed) + "[[hours.caps]]\n[a.b]\nc = {d = [1, 'é']}\n"
    chance = Random(20261123)
    outcomes = Counter(_outcome(kind, spoiled(seed, chance)) for _ in range(1500))
    assert outcomes["faults"] > 100, outcomes
    assert outcomes["no TOML"] > 100, outcomes


def _outcome(kind: type[Settings], text: str) -> str:
    try:
        settings = read_config(kind, text, "box.toml")
    except Refused as refusal:
        problems = refusal.problems
    else:
        assert isinstance(settings, kind)
        return "settings"
    assert problems
    assert all(problem.where.startswith("box.toml") for problem in problems)
    return "no TOML" if "is not TOML" in problems[0].what else "faults"
