"""The whole link as a newcomer tries it: a source, two enrolled boxes, `ttcs send`; and what a thief of its words gets.

All of it is real: broker with TLS, content server, signed documents, both products as processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from firmware_py.board.look import NOTICE_LOOKS
from firmware_py.core.messages import Style
from firmware_py.core.units import DAY, SECOND, MonoUs, WallUs
from firmware_py.core.wire import AlertStatus, AlertText, CommandKind, Role
from firmware_py.field.province.desk import Words
from firmware_py.speaker.siren import siren
from tests.speaker import listening
from tests.speaker.listening import RATE_HZ, cut
from tests.system.province import PANEL, LinkedBox, Source, seconds_from_now, slot_from, source, wall_us
from tests.system.world import Json, png, text, write_tone

SHORT_S, LONG_S, TIMES = 2, 20, 15
SHORT_HZ, LONG_HZ = 440.0, 660.0
SHADE = 200
LONG = {"speaker": {"id": "long"}, "board": {"id": "words"}}
LEAD_S = 12
"""From the sending of the schedule until it is to be heard: it is fetched and checked by then."""

TOLERANCE_US = SECOND // 4
TOLERANCE_FRAMES = RATE_HZ * 20 // 1000
HEADER_BYTES = 44
LIKE = 0.99
SIREN_S = 6
UNSET = ('clock.source="system"', 'clock.timesync_file="nowhere"')
"""The config of a box that is never told the time, but by its province."""

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True, slots=True)
class Village:
    """A loudspeaker and a board of one commune, with a programme that begins at `due_us` and goes on for minutes."""

    source: Source
    speaker: LinkedBox
    board: LinkedBox
    due_us: WallUs
    sent: str

    @property
    def boxes(self) -> tuple[LinkedBox, LinkedBox]:
        """Both."""
        return self.speaker, self.board

    def heard(self) -> bytes:
        """Return what the loudspeaker has played since it was started."""
        return listening.left(self.speaker.recording.read_bytes()[HEADER_BYTES:])

    def heard_from(self, at_us: MonoUs, frames: int) -> bytes:
        """Return so many frames of what was heard from 20 ms before an instant on; nothing until all are there."""
        begun_us = json.loads(self.speaker.recording.with_name("heard.wav.json").read_text())["start_mono_us"]
        frame = int((at_us - begun_us) * RATE_HZ // SECOND) - TOLERANCE_FRAMES
        sound = cut(self.heard(), frame, frames)
        return sound if len(sound) == 2 * frames else b""

    def lately(self) -> bytes:
        """Return the last quarter of a second that was heard."""
        return self.heard()[-RATE_HZ // 2 :]

    def plays_programme(self) -> bool:
        """Return whether the long tone is what was heard last."""
        sound = self.lately()
        return listening.power_dbfs(sound) > -50 and abs(listening.tone_hz(sound) - LONG_HZ) < 5


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Start a source, enrol and start two boxes, and send them a schedule with the media beside it."""
    directory = tmp_path_factory.mktemp("village")
    with source(directory) as province:
        speaker, board = province.enrol("speaker", "loa"), province.enrol("board", "bang")
        for box in (speaker, board):
            box.start()
        for box in (speaker, board):
            box.ready()
        due_us = seconds_from_now(LEAD_S)
        sent = province.send("schedule", str(written(directory, due_us)))
        for box in (speaker, board):  # whichever test comes first, nothing breaks in on these two seconds
            box.play(LONG[box.product])
        yield Village(province, speaker, board, due_us, sent)


def written(directory: Path, due_us: WallUs) -> Path:
    """Write a schedule: two seconds for each product, followed by what goes on for minutes."""
    write_tone(directory / "short.wav", SHORT_S, SHORT_HZ)
    write_tone(directory / "long.wav", LONG_S, LONG_HZ)
    (directory / "picture.png").write_bytes(png(48, 32, SHADE))
    sounds = [_media("audio", name, f"{name}.wav") for name in ("short", "long")]
    picture = _media("image", "picture", "picture.png") | {"duration_s": SHORT_S}
    words = text("words", LONG_S)
    after_us = due_us + SHORT_S * SECOND
    first = [slot_from("one", due_us, sounds[0]), slot_from("two", due_us, picture)]
    then = [slot_from(f"after-{item['id']}", after_us, item, repeat=TIMES) for item in (sounds[1], words)]
    bulletins, slots = [*sounds, picture, words], [*first, *then]
    document = {"format": "ttcs-schedule/1", "version": 7, "bulletins": bulletins, "slots": slots}
    path = directory / "schedule.json"
    path.write_text(json.dumps(document))
    return path


def _media(kind: str, name: str, file: str) -> Json:
    return {"id": name, "kind": kind, "title": name, "content": [{"path": file}]}


def colours(path: Path) -> dict[tuple[int, int, int], float]:
    """Return the share of each colour of a picture, which must have the size of the panel."""
    with Image.open(path) as picture:
        assert picture.size == PANEL
        found = picture.convert("RGB").getcolors(PANEL[0] * PANEL[1]) or []
    return {colour: count / (PANEL[0] * PANEL[1]) for count, colour in found}  # type: ignore[misc]  # RGB is three


def shows(path: Path, style: Style) -> bool:
    """Return whether the page of a notice is what is seen: its ground, and the ground of the band above it."""
    look, seen = NOTICE_LOOKS[style], colours(path)
    return seen.get(look.page.ground, 0) > 0.3 and look.band_ground in seen


def sounds_like(village: Village, name: str, style: Style) -> bool:
    """Return whether the newest play of a notice begins with its siren, to 20 ms, and whether all of that is heard."""
    whole, speaker = siren(style, RATE_HZ), village.speaker
    frames = len(whole) // 2
    record = village.source.until(lambda: [each for each in speaker.closed({"id": name}) if each.played_us])[-1]
    sound = village.source.until(lambda: village.heard_from(record.start_mono_us, frames + RATE_HZ // 20))
    middle, at = cut(whole, RATE_HZ // 2, RATE_HZ // 2), TOLERANCE_FRAMES + RATE_HZ // 2
    begin = listening.find(middle, sound, at, TOLERANCE_FRAMES).frame - RATE_HZ // 2
    # Its first tenth of a second is left out: what it breaks off fades meanwhile.
    rest, heard = (cut(each, at + RATE_HZ // 10, frames - RATE_HZ // 10) for each, at in ((whole, 0), (sound, begin)))
    return listening.likeness(rest, heard) > LIKE


def test_a_schedule_with_media_plays_at_its_time_and_the_records_come_back(village: Village) -> None:
    """Sound and picture are out when they are due; the province then has the record of each, as it really was."""
    for box in village.boxes:
        assert f"{box.name}: desired_version" in village.sent
    for box, name in ((village.speaker, "short"), (village.board, "picture")):
        (record,) = village.source.until(lambda box=box, name=name: village.source.plays(box, bulletin_id=name))  # type: ignore[misc]
        assert (record["result"], record["planned_start_us"]) == ("complete", village.due_us)
        assert abs(record["actual_start_us"] - village.due_us) < TOLERANCE_US
        assert record["played_us"] == pytest.approx(SHORT_S * SECOND, abs=TOLERANCE_US)
        if box is village.speaker:
            heard = village.heard_from(record["start_mono_us"], SHORT_S * RATE_HZ)
            assert listening.tone_hz(cut(heard, RATE_HZ // 2, RATE_HZ)) == pytest.approx(SHORT_HZ, abs=1)
    village.source.until(village.plays_programme)


def test_drill_alert_and_cancel_are_heard_and_seen_as_what_they_are(village: Village) -> None:
    """Low notes and a blue page, siren and red page, chime and green page; after each sound the programme is back."""
    source = village.source
    drilled = source.send("alert", "--drill", "--event", "Diễn tập", "--repeats", "1", "--minutes", "0.15").split()[1]
    source.until(lambda: shows(village.board.picture, "drill"))
    assert sounds_like(village, drilled, "drill")
    source.until(village.plays_programme)
    words = ("--event", "Lũ quét", "--text", "vi=Di chuyển lên chỗ cao.", "--area", "23500", "--severity", "extreme")
    said = source.send("alert", *words, "--repeats", "10")
    assert said.count("on_air") == len(village.boxes)
    name = said.split()[1]
    shot = source.send("command", "snapshot", "--device", village.board.name)
    assert shows(source.place.up / village.board.name / shot.split()[-1], "actual")
    source.until(lambda: village.speaker.on_air().played_us > SIREN_S * SECOND)
    assert source.send("cancel", name).count("cancelled") >= len(village.boxes)
    assert sounds_like(village, name, "actual")
    source.until(lambda: shows(village.board.picture, "cancel"))
    village.speaker.closed({"id": name}, 2)
    assert sounds_like(village, name, "cancel")
    source.until(village.plays_programme)
    (told,) = source.until(lambda: source.plays(village.speaker, bulletin_id=name, result="preempted"))
    assert told["played_us"] > SIREN_S * SECOND


def test_volume_mute_and_unmute_are_heard(village: Village) -> None:
    """A lower volume is a lower level, muted is silence, unmuted is the programme again."""
    source = village.source
    village.source.until(village.plays_programme)
    loud_dbfs = listening.power_dbfs(village.lately())
    source.send("command", "volume", "--volume", "30", "--device", "loa")
    source.until(lambda: -50 < listening.power_dbfs(village.lately()) < loud_dbfs - 5)
    source.send("command", "mute")
    source.until(lambda: not any(village.lately()))
    source.send("command", "unmute")
    source.until(village.plays_programme)


def test_a_technician_may_set_the_volume_and_start_no_siren(village: Village) -> None:
    """The key of a person on the spot is obeyed for the volume; a drill by it is refused, and the province hears so."""
    source = village.source
    source.send("command", "volume", "--volume", "60", "--technician", "--device", "loa")
    before = len(village.speaker.notices())
    words = ("--technician", "--device", "loa", "--wait", "1")
    assert "no answer" in source.send("command", "drill", *words, status=1)
    (fault,) = source.until(lambda: source.faults(village.speaker, code="role_forbidden"))
    assert fault["subject"] == "command"
    assert len(village.speaker.notices()) == before


def topic(area: str) -> str:
    """Return the topic of an area's alerts."""
    return f"ttcs/1/area/{area}/alert"


def obeys(source: Source, *boxes: LinkedBox) -> None:
    """Give each box a command and wait until it is done: what was said to the boxes before has arrived by then."""
    with source.desk() as desk:
        for box in boxes:
            order = desk.order(desk.boxes([box.name])[0], CommandKind.VOLUME, 5, {"volume_pct": 50}, Role.COMMAND)
            source.until(lambda box=box, name=order.id: "succeeded" in source.answers(box, name))  # type: ignore[misc]


def refusals(source: Source, box: LinkedBox) -> set[tuple[str, str]]:
    """Return what a box has refused, and why."""
    return {(each["subject"], each["code"]) for each in source.faults(box) if each["subject"] in {"alert", "command"}}


def test_a_captured_alert_is_heard_nowhere_and_never_again(village: Village) -> None:
    """Its very bytes, said by the source itself: again, to others, after a restart with an unset clock, too late."""
    source = village.source
    owner = source.enrol("speaker", "owner", "62", "thon-1")
    other = source.enrol("speaker", "other", "62", "thon-2")
    for box in (owner, other):
        box.start()
    newcomer = source.enrol("speaker", "newcomer", "62", "thon-3", changes=UNSET)
    owner.ready()
    with source.desk() as desk:
        words = Words("Lũ quét", (AlertText("vi", "Lũ quét"),), repeats=1)
        (late,) = desk.alert(["thon-3"], AlertStatus.ACTUAL, replace(words, minutes=0.085))
        (alert,) = desk.alert(["thon-1"], AlertStatus.ACTUAL, words)
    source.until(lambda: "done" in source.answers(owner, alert.id) and wall_us() > late.expires)
    expired, genuine = source.captured(topic("thon-3")), source.captured(topic("thon-1"))
    heard = owner.notices()
    for where in (topic("thon-1"), topic("thon-2"), f"ttcs/1/d/{owner.name}/dn/cmd", f"ttcs/1/d/{other.name}/dn/cmd"):
        source.say(where, genuine)
    obeys(source, owner, other)
    owner.stop()
    (owner.directory / "run" / "clock-was-trusted").unlink()  # a boot empties that directory
    owner.changes = UNSET
    for box in (owner, newcomer):
        box.offset_us = -20 * 365 * DAY
        box.start()
    for box in (owner, newcomer):
        source.until(lambda box=box: box.status().clock == "untrusted" and source.said(box, "status").get("online"))  # type: ignore[misc]
    source.say(topic("thon-1"), genuine)
    source.say(topic("thon-3"), expired)
    obeys(source, owner, newcomer)
    source.until(lambda: refusals(source, other) == {("alert", "audience_wrong"), ("command", "envelope_malformed")})
    source.until(lambda: refusals(source, newcomer) == {("alert", "expired")})
    assert owner.notices() == heard == [{"id": alert.id, "result": "complete"}]
    assert other.notices() == newcomer.notices() == []
