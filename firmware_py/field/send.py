"""`ttcs send …`: a schedule, an alert, a figure, a command or a keyring in the name of a province on this desk."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from firmware_py.core.model import read_figure_name
from firmware_py.core.reports import AlertState
from firmware_py.core.wire import Alert, AlertStatus, AlertText, CommandKind, FigureText, Role, read_area
from firmware_py.field import arguments as typed
from firmware_py.field.province.book import Box
from firmware_py.field.province.desk import Desk, Words
from firmware_py.field.province.manifest import publish_schedule
from firmware_py.field.province.place import DEFAULT, Place
from firmware_py.field.province.replies import Replies, answers_to, reports_of

WAIT_S = {"schedule": 60.0, "content": 60.0, "alert": 15.0, "cancel": 15.0, "command": 15.0, "keyring": 30.0}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be sent, and the options of each."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for declare in (_schedule, _content, _alert, _cancel, _figure, _command, _keyring):
        declare(kinds)


def _add(kinds: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    sub = kinds.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    sub.add_argument("--province", type=Path, default=DEFAULT, metavar="DIR", help="default: ./province")
    wait = f"for the answers of the boxes (default {WAIT_S[name]:g})"
    sub.add_argument("--wait", type=typed.seconds, default=WAIT_S[name], metavar="SECONDS", help=wait)
    sub.add_argument("--no-wait", dest="wait", action="store_const", const=0.0, help="send, and do not wait")
    return sub


def _schedule(kinds: argparse._SubParsersAction[argparse.ArgumentParser], name: str = "schedule") -> None:
    text = "a schedule with the media beside it, to be in force from now on"
    sub = _add(kinds, name, text if name == "schedule" else "the same as schedule: content is what a schedule names")
    sub.add_argument("file", type=Path, metavar="FILE", help="schedule.json")
    sub.add_argument("--device", action="append", default=[], metavar="ID", help="a box (default: all enrolled)")


def _content(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _schedule(kinds, "content")


def _alert(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sub = _add(kinds, "alert", "an alert to an area: siren, voice, text")
    area = "code of an area (default: the province); may be repeated"
    sub.add_argument("--area", action="append", type=typed.by(read_area), metavar="CODE", help=area)
    sub.add_argument("--area-name", default="", metavar="TEXT", help="where it holds, in words, for boards")
    sub.add_argument("--event", required=True, metavar="TEXT", help="what happens, in a few words")
    sub.add_argument(
        "--text", action="append", type=typed.by(_text), default=[], metavar="LANG=TEXT", help="to be said"
    )
    sub.add_argument("--voice", type=Path, metavar="FILE", help="recorded words (Opus; up to 64 KiB travel inside)")
    status = sub.add_mutually_exclusive_group()
    status.add_argument("--drill", action="store_true", help="an exercise, and announced as one")
    status.add_argument("--test", action="store_true", help="answered, and neither heard nor seen")
    sub.add_argument("--siren", action=argparse.BooleanOptionalAction, default=True, help="before the words")
    sub.add_argument("--minutes", type=typed.minutes, default=10.0, metavar="N", help="how long it holds")
    sub.add_argument("--repeats", type=int, default=3, metavar="N", help="of siren and words")
    sub.add_argument("--volume", type=typed.percent, metavar="PERCENT", help="default: the box's own")
    severities = ("extreme", "severe", "moderate", "minor", "unknown")
    sub.add_argument("--severity", choices=severities, default="unknown", help="how bad it is")
    sub.add_argument("--update", default="", metavar="ID", help="this takes the place of the alert with that id")


def _cancel(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sub = _add(kinds, "cancel", "the end of an alert before its time, said where it was said")
    sub.add_argument("id", metavar="ID", help="of the alert, as `send alert` printed it")
    sub.add_argument(
        "--text", action="append", type=typed.by(_text), default=[], metavar="LANG=TEXT", help="to be said"
    )


def _figure(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "a figure to an area, such as the weather; boards show it where a bulletin names it"
    sub = kinds.add_parser("figure", help=text, description=text[0].upper() + text[1:] + ".")
    sub.add_argument("name", type=typed.by(read_figure_name), metavar="NAME", help="as the `data` of a bulletin")
    sub.add_argument("--province", type=Path, default=DEFAULT, metavar="DIR", help="default: ./province")
    area = "code of an area (default: the province); may be repeated"
    sub.add_argument("--area", action="append", type=typed.by(read_area), metavar="CODE", help=area)
    what = "what it says; may be repeated"
    sub.add_argument("--text", action="append", type=typed.by(_text), required=True, metavar="LANG=TEXT", help=what)
    sub.add_argument("--minutes", type=typed.minutes, default=90.0, metavar="N", help="how long it is good (90)")


def _command(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sub = _add(kinds, "command", "a command to boxes")
    sub.add_argument("kind", choices=[kind.value for kind in CommandKind], metavar="KIND", help=", ".join(CommandKind))
    sub.add_argument("--device", action="append", default=[], metavar="ID", help="a box (default: all enrolled)")
    sub.add_argument("--volume", type=typed.percent, metavar="PERCENT", help="for volume")
    sub.add_argument("--seconds", type=typed.seconds, metavar="N", help="how long it holds")
    what = "for live: who is heard; up to four, the best first"
    sub.add_argument("--source", action="append", default=[], metavar="URL", help=what)
    switch = sub.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_true", default=None, help="for amplifier")
    switch.add_argument("--off", dest="on", action="store_false", default=None, help="for amplifier")
    sub.add_argument("--minutes", type=typed.minutes, default=5.0, metavar="N", help="until it is too late for it")
    sub.add_argument("--technician", action="store_true", help="sign with the technician's key, of lower rights")


def _keyring(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sub = _add(kinds, "keyring", "a new keyring, signed by the root keys of the present one")
    what = "the signed keyring (default: the province's own, as `ttcs keys rotate NAME DIR` has left it)"
    sub.add_argument("file", type=Path, nargs="?", default=None, metavar="FILE", help=what)


def main(options: argparse.Namespace) -> int:
    """Send it and print what the boxes answer; return 0 when all have obeyed."""
    with closing(Desk(Place(options.province.resolve()))) as desk:
        return _SENDERS[options.what](desk, options)


def _send_schedule(desk: Desk, options: argparse.Namespace) -> int:
    boxes = desk.boxes(options.device)
    found, schedule = publish_schedule(desk.place, options.file)
    replies = Replies(desk.book, print)
    _, version = desk.point_at(boxes, found)
    wanted = {"desired_version": version, "schedule_version": schedule.version, "schedule_state": "in_force"}
    print(f"schedule {schedule.version}, {found.size} bytes, as {version} to {_names(boxes)}", flush=True)
    return _gather(replies, boxes, reports_of(replies, wanted, boxes), options)


def _send_alert(desk: Desk, options: argparse.Namespace) -> int:
    areas = tuple(dict.fromkeys(options.area or desk.facts.areas))
    words = Words(
        event=options.event,
        texts=_texts(options.text, options.event) or (AlertText("vi", options.event),),
        severity=options.severity,
        voice=options.voice,
        siren=options.siren,
        repeats=options.repeats,
        minutes=options.minutes,
        volume_pct=options.volume,
        area_name=options.area_name,
    )
    status = AlertStatus.DRILL if options.drill else AlertStatus.TEST if options.test else AlertStatus.ACTUAL
    after = desk.book.last_answer()
    return _await_alerts(desk, desk.alert(areas, status, words, options.update), after, options)


def _send_cancel(desk: Desk, options: argparse.Namespace) -> int:
    after = desk.book.last_answer()
    return _await_alerts(desk, desk.cancel(options.id, _texts(options.text, "Đã hủy")), after, options)


def _send_figure(desk: Desk, options: argparse.Namespace) -> int:
    """Boxes do not answer to figures: a board shows the newest one, or says in a record why it does not."""
    areas = tuple(dict.fromkeys(options.area or desk.facts.areas))
    texts = tuple(FigureText(language, text) for language, text in options.text)
    desk.figure(areas, options.name, texts, options.minutes)
    print(f"figure {options.name} to {', '.join(areas)}", flush=True)
    return 0


def _await_alerts(desk: Desk, alerts: tuple[Alert, ...], after: int, options: argparse.Namespace) -> int:
    areas = {alert.audience.removeprefix("area:") for alert in alerts}
    boxes = tuple(box for box in desk.book.boxes() if areas.intersection(box.areas))
    print(f"{alerts[0].msg_type} {alerts[0].id} ({alerts[0].status}) to {', '.join(sorted(areas))}", flush=True)
    replies, sent = Replies(desk.book, print), {(alert.id, alert.seq) for alert in alerts}
    good = frozenset({AlertState.CANCELLED.value}) if alerts[0].msg_type == "cancel" else frozenset[str]()
    return _gather(replies, boxes, answers_to(replies, sent, after, good), options)


def _send_command(desk: Desk, options: argparse.Namespace) -> int:
    boxes, kind = desk.boxes(options.device), CommandKind(options.kind)
    role = Role.TECHNICIAN if options.technician else Role.COMMAND
    sent, after = set(), desk.book.last_answer()
    for box in boxes:
        values = {"volume_pct": options.volume, "seconds": options.seconds, "on": options.on}
        values["sources"] = tuple(options.source)
        if kind is CommandKind.RESTART:
            values["boot_id"] = desk.book.said(box.id, "status").get("boot_id", "")
        command = desk.order(box, kind, options.minutes, values, role)
        sent.add((command.id, 0))
        print(f"{command.id} to {box.id}", flush=True)
    replies = Replies(desk.book, print)
    return _gather(replies, boxes, answers_to(replies, sent, after), options)


def _send_keyring(desk: Desk, options: argparse.Namespace) -> int:
    keyring = desk.renew(options.file or desk.place.keyring)
    print(f"keyring {keyring.version} to all boxes", flush=True)
    boxes, replies = desk.book.boxes(), Replies(desk.book, print)
    return _gather(replies, boxes, reports_of(replies, {"keyring_version": keyring.version}, boxes), options)


_SENDERS: dict[str, Callable[[Desk, argparse.Namespace], int]] = {
    "schedule": _send_schedule,
    "content": _send_schedule,
    "alert": _send_alert,
    "cancel": _send_cancel,
    "figure": _send_figure,
    "command": _send_command,
    "keyring": _send_keyring,
}


def _gather(replies: Replies, boxes: tuple[Box, ...], look: Callable[[], None], options: argparse.Namespace) -> int:
    return replies.gather(boxes, look, options.wait) if options.wait else 0


def _names(boxes: Iterable[Box]) -> str:
    return ", ".join(box.id for box in boxes)


def _texts(given: list[tuple[str, str]], title: str) -> tuple[AlertText, ...]:
    return tuple(AlertText(language, title, text) for language, text in given)


def _text(text: str) -> tuple[str, str]:
    language, equals, words = text.partition("=")
    if not equals or not 2 <= len(language) <= 35 or not words:
        raise ValueError(f"{text[:80]!r} is no text with its language; write vi='Di chuyển lên chỗ cao.'")
    return language, words
