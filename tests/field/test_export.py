"""What a box has done reaches its source by memory stick too, once, however often it is carried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_py.core.records import Result
from firmware_py.field.main import main
from firmware_py.store.journal import Journal
from tests.field.province_world import new_province
from tests.store.samples import fault, record

FOLDER_BOX = (
    '[device]\nid = "box"\nname = "Box"\nstate_dir = "state"\n[link]\nkind = "folder"\npath = "."\ntrust = "unsigned"\n'
)


def test_what_waits_is_carried_to_the_source_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exported beside the agent that has the journal open, taken twice: each event is kept once."""
    province, out = new_province(tmp_path), tmp_path / "stick.jsonl"
    box = province.enrol("speaker", "loa-01")
    config = box.config
    with Journal.open(config.parent / "state" / "journal.db", reports=True) as journal:
        journal.write(record(1, Result.COMPLETE), *(fault(number) for number in range(70)))
        assert main(["export", "--config", str(config), "-o", str(out)]) == 0
        assert journal.outbox_bounds() == (1, 71)
    assert [len(json.loads(line)["events"]) for line in out.read_text().splitlines()] == [50, 21]
    for expected in ("71 new events", "0 new events"):
        assert main(["take", str(out), "--province", str(province.place.root)]) == 0
        assert expected in capsys.readouterr().out


def test_a_box_without_a_source_exports_all_that_it_knows(tmp_path: Path) -> None:
    """With a folder as the only source there is no outbox: plays that are over and faults are exported."""
    config, out = tmp_path / "box.toml", tmp_path / "all.jsonl"
    config.write_text(FOLDER_BOX)
    with Journal.open(tmp_path / "state" / "journal.db") as journal:
        journal.write(record(1, Result.COMPLETE), record(2), fault(3))
    assert main(["export", "--config", str(config), "-o", str(out)]) == 0
    (batch,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert [[name for name in ("play", "fault") if event[name]] for event in batch["events"]] == [["play"], ["fault"]]


def test_what_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No journal, no file, a line that is no batch: each with its place and what to do."""
    config = tmp_path / "box.toml"
    config.write_text(FOLDER_BOX)
    assert main(["export", "--config", str(config), "-o", str(tmp_path / "x")]) == 1
    assert "name the config of a box that has run" in capsys.readouterr().err
    province = new_province(tmp_path)
    (tmp_path / "bad.jsonl").write_text("{}\n")
    for name, expected in (("none.jsonl", "cannot be read"), ("bad.jsonl", "bad.jsonl:1: is no batch of events")):
        assert main(["take", str(tmp_path / name), "--province", str(province.place.root)]) == 1
        assert expected in capsys.readouterr().err
