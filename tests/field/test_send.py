"""`ttcs enrol`, `ttcs send` and `ttcs watch`: what a box gets is what it will obey, and its answers are shown."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from firmware_py.core.model import read_schedule
from firmware_py.core.records import ClockState
from firmware_py.core.settings import BoardSettings
from firmware_py.core.trust import Present, Rejected, admit
from firmware_py.core.trust import verify as check_document
from firmware_py.core.wire import Alert, AlertStatus, Command, Desired, Document, Keyring, Sync
from firmware_py.field.main import main
from firmware_py.field.province.book import Book
from firmware_py.field.province.service import wall_us
from firmware_py.link.crypto.signing import SigningKey, seal, verify
from firmware_py.runtime.config import load_config
from tests.field.province_world import PATIENCE_S, Province, ScriptedBox, new_province
from tests.waiting import until

NUMBERS = count(1)
Said = tuple[int, str, str]


@pytest.fixture
def box(province: Province) -> ScriptedBox:
    """Give an enrolled box in an area of its own below the province."""
    number = next(NUMBERS)
    return province.enrol("speaker", f"loa-{number}", "62", f"xa-{number}")


def send(province: Province, *words: str) -> int:
    """Run `ttcs send`."""
    return main(["send", *words, "--province", str(province.place.root)])


@contextmanager
def answering(box: ScriptedBox, kind: type[Document], answer: Callable[[Any], list[dict[str, Any]]]) -> Iterator[None]:
    """Have a connected box say on `ack` what `answer` makes of the next document of a kind."""
    known = box.received(kind)

    def work() -> None:
        document = until(lambda: [each for each in box.received(kind) if each not in known], PATIENCE_S)[0]
        for body in answer(document):
            box.say("ack", body)

    with box.connected():
        box.birth()
        thread = Thread(target=work)
        thread.start()
        yield
        thread.join(PATIENCE_S)


def schedule(folder: Path, **content: object) -> Path:
    """Write a schedule with one audio file beside it."""
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "a.WAV").write_bytes(b"sound")
    bulletin = {"id": "a", "kind": "audio", "content": [{"path": "media/a.WAV", **content}]}
    slot = {"id": "s", "days": "always", "playlist": ["a"]}
    document = {"format": "ttcs-schedule/1", "version": 3, "bulletins": [bulletin], "slots": [slot]}
    path = folder / "schedule.json"
    path.write_text(json.dumps(document))
    return path


def test_an_enrolled_box_has_all_that_it_needs(province: Province, tmp_path: Path) -> None:
    """Its config is without fault, its paths lead to its files, its key is its own, and the next box is another."""
    root = str(province.place.root)
    for number, name in enumerate(("bang-a", "bang-b"), 1):
        assert main(["enrol", root, "board", "--out", str(tmp_path / name), "--area", "23500"]) == 0
        settings = load_config(BoardSettings, tmp_path / name / "board.toml")
        broker = settings.link.broker
        assert broker is not None
        assert (settings.device.id, settings.device.areas) == (f"board-{number}", ("62", "23500"))
        assert all(Path(path).is_file() for path in (broker.ca, broker.certificate, broker.key, settings.link.keyring))
        assert stat.S_IMODE(Path(broker.key).stat().st_mode) == 0o600
        assert settings.clock.source == "assume-trusted"
    assert len({(tmp_path / name / "device.key").read_bytes() for name in ("bang-a", "bang-b")}) == 2
    assert not list(province.place.ca.glob("*board-*.key"))


def test_a_directory_that_is_in_use_is_left_alone(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str]
) -> None:
    """A box that runs does not lose its key by a second enrolment into its directory."""
    key = (box.config.parent / "device.key").read_bytes()
    assert main(["enrol", str(province.place.root), "speaker", "--out", str(box.config.parent)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert (box.config.parent / "device.key").read_bytes() == key


@pytest.mark.parametrize(
    "words", [("--id", "source"), ("--id", "a/b"), ("--id", "+"), ("--area", "a/b"), ("--name", "")]
)
def test_a_name_that_could_mean_something_else_is_refused(
    province: Province, tmp_path: Path, words: tuple[str, str]
) -> None:
    """Nobody becomes the source by enrolment, and no id or area stands for others in a topic."""
    with pytest.raises(SystemExit) as ended:
        main(["enrol", str(province.place.root), "board", "--out", str(tmp_path / "box"), *words])
    assert ended.value.code == 2


def test_a_schedule_arrives_with_its_media(province: Province, box: ScriptedBox, tmp_path: Path) -> None:
    """A signed pointer to a document that names the media by hash; the server gives both as they were signed."""
    file = schedule(tmp_path / "feed")
    with box.connected():
        assert send(province, "schedule", str(file), "--device", box.name, "--no-wait") == 0
        (desired,) = until(lambda: box.received(Desired), PATIENCE_S)
        _, _, raw = box.get(f"/{desired.path}")
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == (desired.size, desired.sha256)
    (content,) = read_schedule(raw, "schedule").bulletins[0].content
    assert (content.path, content.size) == (f"objects/{hashlib.sha256(b'sound').hexdigest()}.wav", 5)
    assert box.get(f"/{content.path}")[2] == b"sound"


def test_a_schedule_is_there_for_a_box_that_comes_later_and_grows_newer(
    province: Province, box: ScriptedBox, tmp_path: Path
) -> None:
    """Retained, and each with a higher version than the one before."""
    file = schedule(tmp_path / "feed")
    for _ in range(2):
        assert send(province, "schedule", str(file), "--device", box.name, "--no-wait") == 0
    until(lambda: len([line for line in province.lines if f"{box.name}/dn/desired: sent" in line]) == 2, PATIENCE_S)
    with box.connected():
        (last,) = until(lambda: box.received(Desired), PATIENCE_S)
        assert [retained for topic, _, retained, _ in box.heard if topic.endswith("desired")] == [True]
        assert send(province, "schedule", str(file), "--device", box.name, "--no-wait") == 0
        newest = until(lambda: box.received(Desired)[1:], PATIENCE_S)[0]
    assert newest.version > last.version


def test_a_schedule_with_faults_goes_nowhere(
    province: Province, box: ScriptedBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each fault is a line: a file that is not there, one that is another than the document says."""
    other = schedule(tmp_path / "other", sha256="0" * 64)
    absent = schedule(tmp_path / "absent")
    (absent.parent / "media" / "a.WAV").unlink()
    assert [send(province, "schedule", str(file), "--device", box.name) for file in (other, absent)] == [1, 1]
    said = capsys.readouterr().err
    assert "media/a.WAV: is not the file that the schedule names" in said
    assert "media/a.WAV: cannot be read" in said
    with box.connected():
        assert box.received(Desired) == []


def test_sending_waits_until_the_box_has_the_schedule(
    province: Province, box: ScriptedBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 when it reports that this very version is in force."""

    def report() -> None:
        desired = until(lambda: box.received(Desired), PATIENCE_S)[-1]
        box.say("reported", {"desired_version": desired.version, "schedule_version": 2, "schedule_state": "in_force"})
        box.say("reported", {"schedule_version": 3})

    with box.connected():
        box.birth()
        thread = Thread(target=report)
        thread.start()
        assert send(province, "schedule", str(schedule(tmp_path / "feed")), "--device", box.name, "--wait", "10") == 0
        thread.join()
    assert "schedule_version 3, schedule_state in_force" in capsys.readouterr().out


@pytest.mark.parametrize(("flag", "status"), [((), "actual"), (("--drill",), "drill"), (("--test",), "test")])
def test_an_alert_is_what_was_typed(province: Province, box: ScriptedBox, flag: tuple[str, ...], status: str) -> None:
    """Status, area, texts, siren, volume and end; the broker drops it when it is over."""
    area = box.who.areas[1]
    typed = ("--area", area, "--event", "Lũ quét", "--text", "vi=Lên chỗ cao.", "--text", "en=Go up.", "--no-siren")
    with box.connected():
        assert send(province, "alert", *typed, "--minutes", "2", "--volume", "70", *flag, "--no-wait") == 0
        (alert,) = until(lambda: box.received(Alert), PATIENCE_S)
        expiry_s = next(expiry for topic, _, _, expiry in box.heard if topic.endswith("/alert"))
    assert alert.status is AlertStatus(status)
    assert (alert.audience, alert.event, alert.siren, alert.volume_pct) == (f"area:{area}", "Lũ quét", False, 70)
    assert [(text.language, text.text) for text in alert.texts] == [("vi", "Lên chỗ cao."), ("en", "Go up.")]
    assert (alert.expires - alert.issued, alert.max_duration_s) == (120_000_000, 120)
    assert expiry_s is not None
    assert 100 < expiry_s <= 120


def test_a_short_voice_travels_inside_and_a_long_one_by_hash(
    province: Province, box: ScriptedBox, tmp_path: Path
) -> None:
    """64 KiB are the limit of what an alert carries itself."""
    short, long = tmp_path / "short.opus", tmp_path / "long.opus"
    short.write_bytes(b"v" * 65_536)
    long.write_bytes(b"v" * 65_537)
    with box.connected():
        for file in (short, long):
            assert (
                send(province, "alert", "--area", box.who.areas[1], "--event", "x", "--voice", str(file), "--no-wait")
                == 0
            )
        inside, by_hash = until(lambda: box.received(Alert)[1:] and box.received(Alert), PATIENCE_S)
        assert inside.voice == short.read_bytes()
        assert box.get(f"/{by_hash.content[0].path}")[2] == long.read_bytes()


def test_a_cancel_speaks_of_the_alert_where_it_was_sent(province: Province, box: ScriptedBox) -> None:
    """Same id, area and status, a higher number, its own sound; an alert that was never sent cannot be cancelled."""
    with box.connected():
        assert send(province, "alert", "--area", box.who.areas[1], "--event", "x", "--drill", "--no-wait") == 0
        (alert,) = until(lambda: box.received(Alert), PATIENCE_S)
        assert send(province, "cancel", alert.id, "--no-wait") == 0
        _, cancel = until(lambda: box.received(Alert)[1:] and box.received(Alert), PATIENCE_S)
    assert (cancel.id, cancel.audience, cancel.status) == (alert.id, alert.audience, alert.status)
    assert (cancel.msg_type, cancel.siren, cancel.seq > alert.seq) == ("cancel", True, True)
    assert send(province, "cancel", "never-sent") == 1


def test_documents_are_admitted_in_the_order_in_which_they_were_sent(province: Province, box: ScriptedBox) -> None:
    """A box that has taken the last one takes none of those before; the technician's commands count for themselves."""
    words = ("command", "volume", "--volume", "50", "--device", box.name, "--no-wait")
    with box.connected():
        for more in ((), (), ("--technician",)):
            assert send(province, *words, *more) == 0
        until(lambda: len(box.received(Command)) == 3, PATIENCE_S)
    raws = [raw for topic, raw, *_ in box.heard if topic.endswith("/dn/cmd")]
    verified = [check_document(raw, Command, box.keyring, box.who, verify) for raw in raws]
    present, marks = Present(wall_us(), ClockState.TRUSTED, 0), dict[str, int]()
    for each in verified:
        marks |= admit(each, present, marks)
    assert len(marks) == 2
    for each in verified:
        with pytest.raises(Rejected):
            admit(each, present, marks)


@pytest.mark.parametrize(("state", "status"), [("succeeded", 0), ("rejected", 1), ("failed", 1)])
def test_a_command_waits_for_its_last_answer(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str], state: str, status: int
) -> None:
    """Every state is shown, once; how the last one reads is the exit status."""

    def answer(command: Command) -> list[dict[str, Any]]:
        return [{"id": command.id, "state": each, "at_us": 1} for each in ("accepted", "accepted", state)]

    with answering(box, Command, answer):
        assert send(province, "command", "snapshot", "--device", box.name) == status
    said = capsys.readouterr().out
    assert said.count("accepted") == said.count(state) == 1


def test_an_alert_waits_for_the_boxes_of_its_area(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str]
) -> None:
    """On air is an answer; boxes of other areas are not waited for."""

    def answer(alert: Alert) -> list[dict[str, Any]]:
        return [{"id": alert.id, "seq": alert.seq, "state": state, "at_us": 1} for state in ("received", "on_air")]

    with answering(box, Alert, answer):
        assert send(province, "alert", "--area", box.who.areas[1], "--event", "x") == 0
    assert f"{box.name}: alert" in capsys.readouterr().out


def test_a_cancel_is_obeyed_when_its_alert_is_cancelled(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the box said to the alert before is no answer to the cancel; the end of the alert is."""

    def answer(alert: Alert) -> list[dict[str, Any]]:
        return [{"id": alert.id, "seq": alert.seq, "state": state, "at_us": 1} for state in states]

    for states, words in ((("on_air",), ("alert", "--event", "x")), (("cancelled",), ("cancel", "ID"))):
        found = [alert.id for alert in box.received(Alert)]
        area = ("--area", box.who.areas[1]) if words[0] == "alert" else ()
        with answering(box, Alert, answer):
            assert send(province, *(found[0] if word == "ID" else word for word in words), *area) == 0
        said = capsys.readouterr().out
        assert [line.split()[-1] for line in said.splitlines() if line.startswith(f"{box.name}: alert")] == [*states]


def test_a_box_that_says_nothing_is_named(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not connected, no answer: two lines and status 1."""
    assert send(province, "command", "mute", "--device", box.name, "--wait", "1") == 1
    said = capsys.readouterr().out
    assert f"{box.name}: is not connected" in said
    assert f"{box.name}: no answer within 1 s" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("command", "volume"), "volume_pct"),
        (("command", "amplifier"), "without on"),
        (("command", "restart"), "boot_id"),
        (("command", "mute", "--device", "nobody"), "nobody: not enrolled"),
        (("alert", "--event", "x" * 300), "event"),
        (("alert", "--event", "x", "--voice", "no.opus"), "cannot be read"),
    ],
)
def test_what_no_box_would_obey_is_not_sent(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """Status 1 and a line that names what is missing."""
    assert box.name
    assert send(province, *words) == 1
    assert said in capsys.readouterr().err


def test_nothing_is_sent_when_no_source_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An alert must not lie about until somebody starts the source; without a province, how to make one is said."""
    made = new_province(tmp_path)
    assert send(made, "alert", "--event", "x") == 1
    assert "its source does not run; start `ttcs source" in capsys.readouterr().err
    with Book(made.place.book) as book:
        assert book.run("SELECT count(*) FROM outgoing").fetchone()[0] == 1
    assert main(["send", "alert", "--event", "x", "--province", str(tmp_path / "none")]) == 1
    assert "make one with `ttcs source" in capsys.readouterr().err


def test_a_new_keyring_must_be_signed_by_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rotation reaches the boxes, and the source goes by it; a keyring of another root, or an old one, does not."""
    made = new_province(tmp_path)
    with made.running():
        box = made.enrol("speaker", "loa-1", "62")
        old, bad = box.keyring, tmp_path / "bad.json"
        forged = Keyring(old.format, old.version + 1, old.issued, old.expires, old.keys, old.grants)
        bad.write_bytes(seal(forged, [SigningKey.generate()]))
        assert [send(made, "keyring", str(bad)), send(made, "keyring")] == [1, 1]
        said = capsys.readouterr().err
        assert "is no keyring for this province" in said
        assert "is not above" in said
        assert main(["keys", "rotate", "service", str(made.place.root)]) == 0
        assert send(made, "keyring", "--no-wait") == 0
        with box.connected():
            newer = until(lambda: [k for k in box.received(Keyring) if k.version == old.version + 1], PATIENCE_S)[0]
            until(lambda: len([line for line in made.lines if "keyring: sent" in line]) == 2, PATIENCE_S)
            box.keyring = newer
            box.hello()
            until(lambda: box.received(Sync), PATIENCE_S)


def test_watching_shows_boxes_and_events(
    province: Province, box: ScriptedBox, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a table and as JSON: who is there, what is on air, and the last record."""
    play = {
        "title": "Bản tin sáng",
        "result": "complete",
        "played_us": 2_000_000,
        "channel": "sound",
        "mean_dbfs": -18.0,
    }
    with box.connected(), province.book() as book:
        box.birth()
        on_air = [{"channel": "sound", "bulletin_id": "b", "title": "Nhạc hiệu", "until_us": 1}]
        box.say("reported", {"clock": "held", "volume_pct": 80, "on_air": on_air, "alerts": []})
        box.hello()
        box.say("events", {"device": box.name, "epoch": "e", "events": [{"no": 1, "play": play}]})
        until(lambda: book.last_play(box.name), PATIENCE_S)
        assert main(["watch", "--province", str(province.place.root), "--seconds", "0"]) == 0
        shown = capsys.readouterr().out
        assert main(["watch", "--province", str(province.place.root), "--seconds", "0.1", "--json"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (row,) = (line for line in shown.splitlines() if line.startswith(f"{box.name} "))
    assert all(
        word in row for word in ("online", "held", "Nhạc hiệu", "80 %", '"Bản tin sáng" complete 2.0 s -18 dBFS')
    )
    (found,) = (line["box"] for line in lines if line.get("box", {}).get("id") == box.name)
    assert (found["online"], found["on_air"]) == (True, ["Nhạc hiệu"])
