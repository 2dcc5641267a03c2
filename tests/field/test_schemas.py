"""The published schemas are those of the program: the files are up to date, and what is really sent fits them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from firmware_py.core import reports as rep
from firmware_py.core import wire
from firmware_py.core.codec import to_json
from firmware_py.core.errors import Refused
from firmware_py.core.model import Content
from firmware_py.core.records import ClockState, Fault, PlayRecord, Result
from firmware_py.core.writing import write_document
from firmware_py.field.schemas import REPORTS, SIGNED, files, schemas
from firmware_py.link.crypto.signing import SigningKey, seal

Tree: TypeAlias = Any
SCHEMAS = schemas()

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NOW_US, LATER_US = 1_795_000_000_000_000, 1_795_000_600_000_000
KEY = SigningKey.generate()
WORDS = (wire.AlertText("vi", "Lũ quét", "Lên chỗ cao."),)

DOCUMENTS: tuple[tuple[str, wire.Document], ...] = (
    (
        "keyring",
        wire.Keyring(
            "ttcs-keyring/1",
            1,
            NOW_US,
            LATER_US,
            (wire.Key(KEY.id, KEY.public),),
            (wire.Grant(wire.Role.ROOT, (KEY.id,)), wire.Grant(wire.Role.ALERT, (KEY.id,), areas=("62",))),
        ),
    ),
    ("desired", wire.Desired("ttcs-desired/1", "device:loa-1", 3, NOW_US, LATER_US, "schedules/a.json", "a" * 64, 9)),
    ("command", wire.Command("ttcs-command/1", "c", "device:loa-1", 1, NOW_US, LATER_US, wire.CommandKind.MUTE)),
    (
        "command",
        wire.Command(
            "ttcs-command/1", "c", "device:x", 1, NOW_US, LATER_US, wire.CommandKind.MUTE, volume_pct=3, seconds=4.5
        ),
    ),
    (
        "alert",
        wire.Alert("ttcs-alert/1", "a", "area:62", 1, NOW_US, LATER_US, wire.AlertStatus.DRILL, "cancel", "x", WORDS),
    ),
    (
        "alert",
        wire.Alert(
            "ttcs-alert/1",
            "a",
            "area:62",
            1,
            NOW_US,
            LATER_US,
            wire.AlertStatus.ACTUAL,
            "alert",
            "x",
            WORDS,
            voice=b"opus",
            content=(Content("objects/a.opus", "b" * 64, 7),),
            volume_pct=100,
        ),
    ),
    (
        "data",
        wire.Data(
            "ttcs-data/1",
            "area:62",
            3,
            NOW_US,
            LATER_US,
            (wire.Figure("thoi-tiet", (wire.FigureText("vi", "28 độ"),), NOW_US, LATER_US),),
        ),
    ),
    ("sync", wire.Sync("ttcs-sync/1", "device:loa-1", "n" * 16, NOW_US, LATER_US, "e", 7)),
)
PLAY: rep.Body = PlayRecord(1, "sound", "k", "b", "s", "Bản tin", "audio", 1, 2, ClockState.HELD, Result.COMPLETE)
ANSWERS: tuple[rep.CommandAnswer | rep.AlertAnswer, ...] = (
    rep.CommandAnswer("c", rep.CommandState.SUCCEEDED, 1),
    rep.AlertAnswer("a", 4, rep.AlertState.ON_AIR, 1, "code", "detail"),
)
BODIES: tuple[rep.Body, ...] = (PLAY, Fault(1, "c", "s", "d"), *ANSWERS)
SAID: tuple[tuple[str, object], ...] = (
    ("status", rep.Status("loa-1", True, 3, "b", "speaker", "1")),
    ("hello", rep.Hello("loa-1", 3, "b", "n" * 20, 1, 2, 3, "e", 0, 0, "held", 1)),
    ("reported", rep.Reported(on_air=(rep.OnAir("sound", "b"),), alerts=("a",), areas=("62",))),
    ("reported", {"muted": True}),
    (
        "events",
        rep.Batch("loa-1", "e", tuple(rep.event(no, body) for no, body in enumerate(BODIES, 1))),
    ),
    ("ack", ANSWERS[0]),
    ("ack", ANSWERS[1]),
    (
        "heartbeat",
        rep.Heartbeat(
            "loa-1", "1.0", 1, 2, "held", 3, 0, 80, "on", (rep.OnAir("sound"),), rep.Health(temperature_c=48.5)
        ),
    ),
)


def faults(schema: dict[str, Tree], value: Tree, root: dict[str, Tree] | None = None, where: str = "") -> list[str]:
    """Return what is wrong with a value, by the keywords that our schemas use; any other is a KeyError."""
    root = root or schema
    if "$ref" in schema:
        return faults(root["definitions"][schema["$ref"].rpartition("/")[2]], value, root, where)
    return [fault for key, rule in schema.items() for fault in KEYWORDS[key](rule, value, root, where, schema)]


def _any_of(rules: Tree, value: Tree, root: Tree, where: str, _schema: Tree) -> list[str]:
    return [] if any(not faults(rule, value, root, where) for rule in rules) else [f"{where}: fits none"]


def _type(name: str, value: Tree, _root: Tree, where: str, _schema: Tree) -> list[str]:
    right = isinstance(value, KINDS[name]) and (name == "boolean" or not isinstance(value, bool))
    return [] if right else [f"{where}: is no {name}"]


def _properties(rules: Tree, value: Tree, root: Tree, where: str, _schema: Tree) -> list[str]:
    known = value if isinstance(value, dict) else {}
    return [f for key in known.keys() & rules.keys() for f in faults(rules[key], known[key], root, f"{where}.{key}")]


def _closed(_rule: Tree, value: Tree, _root: Tree, where: str, schema: Tree) -> list[str]:
    return [f"{where}.{key}: is not known" for key in _keys(value) if key not in schema["properties"]]


def _keys(value: Tree) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _required(names: Tree, value: Tree, _root: Tree, where: str, _schema: Tree) -> list[str]:
    return [f"{where}.{name}: is missing" for name in names if isinstance(value, dict) and name not in value]


def _items(rule: Tree, value: Tree, root: Tree, where: str, _schema: Tree) -> list[str]:
    return [f for each in value for f in faults(rule, each, root, f"{where}[]")] if isinstance(value, list) else []


def _holds(test: Tree) -> Tree:
    return lambda rule, value, _root, where, _schema: [] if test(rule, value) else [f"{where}: breaks {rule!r}"]


def _nothing(*_: object) -> list[str]:
    return []


KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}
KEYWORDS: dict[str, Tree] = {
    "anyOf": _any_of,
    "type": _type,
    "properties": _properties,
    "additionalProperties": _closed,
    "required": _required,
    "items": _items,
    "const": _holds(lambda rule, value: rule == value),
    "enum": _holds(lambda rule, value: value in rule),
    "pattern": _holds(lambda rule, value: not isinstance(value, str) or re.search(rule, value)),
    "minimum": _holds(lambda rule, value: not isinstance(value, int | float) or value >= rule),
    "maximum": _holds(lambda rule, value: not isinstance(value, int | float) or value <= rule),
    "minLength": _holds(lambda rule, value: not isinstance(value, str) or len(value) >= rule),
    "maxLength": _holds(lambda rule, value: not isinstance(value, str) or len(value) <= rule),
    "minItems": _holds(lambda rule, value: not isinstance(value, list) or len(value) >= rule),
    "maxItems": _holds(lambda rule, value: not isinstance(value, list) or len(value) <= rule),
} | dict.fromkeys(("$schema", "$id", "title", "description", "definitions", "format", "contentEncoding"), _nothing)


def test_the_files_are_up_to_date() -> None:
    """`python -m firmware_py.field.schemas docs` would write what stands there, and nothing stands there beside."""
    assert {name: (DOCS / name).read_bytes() for name in files()} == files()
    assert {f"schemas/{path.name}" for path in (DOCS / "schemas").iterdir()} == {n for n in files() if "/" in n}


@pytest.mark.parametrize(("name", "document"), DOCUMENTS)
def test_documents_fit_their_schema(name: str, document: wire.Document) -> None:
    """The payload as it is signed, and the envelope around it."""
    assert faults(SCHEMAS[name], json.loads(write_document(document))) == []
    assert faults(SCHEMAS["envelope"], json.loads(seal(document, [KEY]))) == []


@pytest.mark.parametrize(("name", "body"), SAID)
def test_reports_fit_their_schema(name: str, body: object) -> None:
    """As a box writes them; a newer box may say more."""
    tree = json.loads(to_json(body))
    assert faults(SCHEMAS[name], tree) == []
    assert faults(SCHEMAS[name], tree | {"something_new": 1}) == []


def test_the_demo_schedule_fits_its_schema() -> None:
    """Bulletins of all kinds, and slots."""
    document = json.loads((ROOT / "config/demo/feed/schedule.json").read_bytes())
    assert faults(SCHEMAS["schedule"], document) == []
    assert faults(SCHEMAS["schedule"], document | {"volum": 3})


@pytest.mark.parametrize(("name", "document"), DOCUMENTS)
def test_what_a_box_refuses_does_not_fit_the_schema(name: str, document: wire.Document) -> None:
    """Each key left out, an unknown one added, each value of another type: the schema says what the box says."""
    tree = json.loads(write_document(document))
    changed = [{key: value for key, value in tree.items() if key != gone} for gone in tree]
    changed += [
        tree | {"something_new": 1},
        *(tree | {key: {}} for key in tree),
        *(tree | {key: "\0/+#"} for key in tree),
    ]
    for each in changed:
        assert bool(faults(SCHEMAS[name], each)) == _refused(type(document), each), each


def _refused(kind: type[wire.Document], tree: Tree) -> bool:
    try:
        wire.read_document(kind, json.dumps(tree).encode())
    except Refused:
        return True
    return False


def test_the_asyncapi_document_holds_together() -> None:
    """Every reference leads somewhere, and every report and signed document has its channel and message."""
    document = json.loads(files()["asyncapi.json"])
    references = re.findall(r'"\$ref": "([^"]+)"', files()["asyncapi.json"].decode())
    for reference in references:
        place, _, inside = reference.partition("#/")
        found: Tree = json.loads((DOCS / place).read_bytes()) if place else document
        for part in filter(None, inside.split("/")):
            found = found[part]
        assert found
    assert set(document["channels"]) == (set(SIGNED) - {"schedule"}) | set(REPORTS)
    assert {channel["channel"]["$ref"] for channel in document["operations"].values()} == {
        f"#/channels/{name}" for name in document["channels"]
    }
