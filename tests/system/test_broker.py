"""The broker as it is in the field: not there yet, killed in the middle of an alert, back with nothing in its store.

`ttcs source` ends with its broker, and is started again as a service would be; nobody lays a hand on a box.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.core.records import Result
from firmware_py.core.units import SECOND
from firmware_py.core.wire import AlertStatus, AlertText, CommandKind, Role
from firmware_py.field.province.desk import Words
from tests.system.province import LinkedBox, Source, slot_from, source, wall_us
from tests.system.world import Json, text, write_tone

TONE_S = 10
NEWS = text("news", 600)

pytestmark = pytest.mark.timeout(120)


def programme(directory: Path, name: str = "tone") -> Path:
    """Write a schedule by which a tone and a text go out from now on; return its path."""
    write_tone(directory / "tone.wav", TONE_S)
    tone: Json = {"id": name, "kind": "audio", "title": name, "content": [{"path": "tone.wav"}]}
    begun_us = wall_us() - 2 * SECOND
    slots = [slot_from("sound", begun_us, tone, repeat=100), slot_from("page", begun_us, NEWS)]
    document = {"format": "ttcs-schedule/1", "version": 1, "bulletins": [tone, NEWS], "slots": slots}
    path = directory / f"{name}.json"
    path.write_text(json.dumps(document))
    return path


def volume(province: Source, box: LinkedBox, volume_pct: int) -> str:
    """Send a command and return its id."""
    with province.desk() as desk:
        values: dict[str, object] = {"volume_pct": volume_pct}
        return desk.order(desk.boxes([box.name])[0], CommandKind.VOLUME, 5, values, Role.COMMAND).id


def plays(box: LinkedBox, name: str) -> bool:
    """Return whether a bulletin is on air."""
    return box.on_air().bulletin_id == name


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Source, LinkedBox, Path]]:
    """Give a province that runs, a loudspeaker of it that plays, and a directory for schedules."""
    directory = tmp_path_factory.mktemp("village")
    with source(directory) as province:
        loa = province.enrol("speaker", "loa")
        loa.start()
        province.put_in_force(programme(directory), loa)
        province.until(lambda: plays(loa, "tone"))
        yield province, loa, directory


def test_a_box_whose_broker_is_not_there_plays_and_tells_later(village: tuple[Source, LinkedBox, Path]) -> None:
    """Without a broker it goes on with what it has; once there is one the province gets every record, and is obeyed."""
    province, box, directory = village
    before = box.on_air().bulletin_id
    province.stop()
    box.stop()
    box.start()
    box.play({"id": before}, 0.5)
    box.kill_output()  # so that there is something to tell of
    box.play({"id": before}, 0.5)
    assert "nothing listens there" in box.log
    province.start()
    province.put_in_force(programme(directory, "other"), box)
    province.until(lambda: plays(box, "other"))
    over = {each.no for each in box.records() if each.result != Result.ON_AIR}
    assert len(over) >= 2
    province.until(lambda: over <= {play["no"] for play in province.plays(box)})
    told = [play["no"] for play in province.plays(box)]
    assert len(told) == len(set(told))
    assert province.faults(box, code="output_died")


def test_a_broker_that_is_killed_in_mid_alert_and_forgets_all_is_made_good(
    village: tuple[Source, LinkedBox, Path],
) -> None:
    """Siren and words go on to their end; a broker with an empty store then gets all: records, orders, the alert."""
    province, loa, directory = village
    before = loa.on_air().bulletin_id
    bang = province.enrol("board", "bang")
    lost = volume(province, bang, 20)
    province.put_in_force(directory / "tone.json", bang)
    with province.desk() as desk:
        (alert,) = desk.alert(["62"], AlertStatus.ACTUAL, Words("Lũ quét", (AlertText("vi", "Lũ"),), repeats=1))
    province.until(lambda: "on_air" in province.answers(loa, alert.id))
    province.kill_broker()
    (record,) = loa.closed({"id": alert.id})
    assert record.result is Result.COMPLETE
    assert 6 * SECOND < record.played_us < 9 * SECOND  # the siren, and the few words
    province.until(lambda: plays(loa, before))
    assert "done" not in province.answers(loa, alert.id)
    province.empty_broker()
    bang.start()
    province.start()
    province.until(lambda: "done" in province.answers(loa, alert.id))
    province.until(lambda: [each["result"] for each in province.plays(loa, bulletin_id=alert.id)] == ["complete"])
    province.until(lambda: plays(bang, alert.id))
    province.until(lambda: "succeeded" in province.answers(bang, lost))
    assert [each["result"] for each in loa.notices()] == ["complete"]
    with province.desk() as desk:
        desk.cancel(alert.id, ())
    province.until(lambda: "cancelled" in province.answers(bang, alert.id))
    province.until(lambda: bang.status().version == 1)
