"""The desk of whoever sends: documents are numbered, signed and put out for the source to carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.errors import Code, Problem, Refused, Unavailable
from firmware_py.core.model import Content
from firmware_py.core.trust import Identity, Rejected, read_own_keyring
from firmware_py.core.trust import verify as check_document
from firmware_py.core.units import DAY, MINUTE, WallUs
from firmware_py.core.wire import (
    MAX_VOICE_BYTES,
    Alert,
    AlertStatus,
    AlertText,
    Command,
    CommandKind,
    Desired,
    Figure,
    FigureText,
    Keyring,
    Role,
)
from firmware_py.field.province.bell import is_heard
from firmware_py.field.province.book import Book, Box, Sent
from firmware_py.field.province.figures import data_with, topic_of
from firmware_py.field.province.manifest import Published, publish_file
from firmware_py.field.province.place import KEYRING_TOPIC, Facts, Place, write_file
from firmware_py.field.province.post import Letter, Post, commands_of
from firmware_py.field.province.service import wall_us
from firmware_py.field.province.signer import Signer
from firmware_py.link.crypto.signing import verify

DESIRED_LASTS_US = 365 * DAY
CANCEL_LASTS_US = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says beside whom it is for: see `wire.Alert`."""

    event: str
    texts: tuple[AlertText, ...]
    severity: str = "unknown"
    voice: Path | None = None
    siren: bool = True
    repeats: int = 3
    minutes: float = 10.0
    volume_pct: int | None = None
    area_name: str = ""


class Desk:
    """Says things in the name of a province whose source runs; raise `Unavailable` when none does."""

    def __init__(self, place: Place) -> None:
        self.place, self.facts = place, running(place)
        self.book = Book(place.book)
        self._post, self._signer = Post(self.book), Signer.load(place.root)

    def boxes(self, wanted: Iterable[str]) -> tuple[Box, ...]:
        """Return the boxes with these ids, all when none is named; raise `Unavailable` for one that is not enrolled."""
        known = {box.id: box for box in self.book.boxes()}
        names = tuple(dict.fromkeys(wanted)) or tuple(known)
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            what = f"{', '.join(unknown)}: not enrolled" if unknown else "no box is enrolled"
            raise Unavailable(Code.AUDIENCE_WRONG, f"{what}; `ttcs enrol {self.place.root} …` makes one")
        return tuple(known[name] for name in names)

    def point_at(self, boxes: Iterable[Box], found: Published) -> tuple[tuple[int, ...], int]:
        """Tell boxes which schedule is to be in force; return the numbers of the messages, and the version."""
        now_us = wall_us()
        version = self._number("desired", now_us)
        letters = []
        for box in boxes:
            expires_us = now_us + DESIRED_LASTS_US
            rest = (version, now_us, expires_us, found.path, found.sha256, found.size)
            desired = Desired("ttcs-desired/1", f"device:{box.id}", *rest)
            sealed = self._signer.seal(desired)
            letters.append(Letter(f"ttcs/1/d/{box.id}/dn/desired", sealed, retain=True, expires_us=expires_us))
        return self._put(letters), version

    def order(self, box: Box, kind: CommandKind, minutes: float, values: dict[str, object], role: Role) -> Command:
        """Send a command to a box."""
        now_us = wall_us()
        seq, expires_us = self._number("command", now_us), now_us + round(minutes * MINUTE)
        head = ("ttcs-command/1", f"{kind}-{seq}", f"device:{box.id}", seq, now_us, expires_us, kind)
        try:
            command = Command(*head, **values)  # type: ignore[arg-type]
        except ValueError as error:
            raise Unavailable(Code.DOCUMENT_REFUSED, f"this command {error}") from error
        sealed = self._signer.seal(command, role)
        self._put([Letter(commands_of(box.id), sealed, retain=False, expires_us=expires_us, name=command.id)])
        return command

    def alert(self, areas: Iterable[str], status: AlertStatus, words: Words, updates: str = "") -> tuple[Alert, ...]:
        """Send an alert to areas, or an update of one; return what was said to each."""
        now_us = wall_us()
        voice, content = self._voice(words.voice)
        alerts: list[Alert] = []
        for area in areas:
            seq, lasts_s = self._number("alert", now_us), words.minutes * 60
            alerts.append(
                Alert(
                    format="ttcs-alert/1",
                    id=updates or (alerts[0].id if alerts else f"{status}-{seq}"),
                    audience=f"area:{area}",
                    seq=seq,
                    issued=now_us,
                    expires=now_us + round(words.minutes * MINUTE),
                    status=status,
                    msg_type="update" if updates else "alert",
                    event=words.event,
                    texts=words.texts,
                    area_name=words.area_name,
                    severity=words.severity,  # type: ignore[arg-type]
                    voice=voice,
                    content=content,
                    siren=words.siren,
                    repeats=words.repeats,
                    max_duration_s=lasts_s,
                    volume_pct=words.volume_pct,
                )
            )
        return self._proclaim(alerts)

    def cancel(self, identifier: str, texts: tuple[AlertText, ...]) -> tuple[Alert, ...]:
        """Cancel an alert where it was sent to; raise `Unavailable` for one that was never sent from here."""
        sent = self.book.alerts_sent(identifier)
        if not sent:
            raise Unavailable(Code.DOCUMENT_REFUSED, f"{identifier}: no alert of this id was sent from here")
        return self._proclaim([self._cancel_of(alert, texts) for alert in sent])

    def figure(self, areas: Iterable[str], name: str, texts: tuple[FigureText, ...], minutes: float) -> None:
        """Say a figure to areas, beside those that were said to them before; raise `Unavailable` when it is none."""
        now_us = wall_us()
        try:
            figure = Figure(name, texts, now_us, now_us + round(minutes * MINUTE))
            made = {area: data_with(self._post, area, figure, self._number("data", now_us), now_us) for area in areas}
        except ValueError as error:
            raise Unavailable(Code.DOCUMENT_REFUSED, f"this figure {error}") from error
        self._put(
            [
                Letter(topic_of(area), self._signer.seal(data), retain=True, expires_us=data.expires)
                for area, data in made.items()
            ]
        )

    def renew(self, file: Path) -> Keyring:
        """Publish a keyring that the root keys of the published one have signed; raise `Unavailable` for any other."""
        published = [letter.body for letter in self._post.retained(0) if letter.topic == KEYRING_TOPIC]
        try:
            raw = file.read_bytes()
            present = read_own_keyring(published[0] if published else self.place.keyring.read_bytes(), verify)
            new = check_document(raw, Keyring, present, Identity("", ()), verify).document
        except (OSError, Rejected) as error:
            raise Unavailable(Code.DOCUMENT_REFUSED, f"{file}: is no keyring for this province ({error})") from error
        if not isinstance(new, Keyring):
            raise TypeError(new)
        if raw != self.place.keyring.read_bytes():
            write_file(self.place.keyring, raw)
        self._put([Letter(KEYRING_TOPIC, raw, retain=True, expires_us=new.expires)])
        return new

    def close(self) -> None:
        """Close the database."""
        self.book.close()

    def _cancel_of(self, sent: Sent, texts: tuple[AlertText, ...]) -> Alert:
        now_us = wall_us()
        return Alert(
            format="ttcs-alert/1",
            id=sent.id,
            audience=f"area:{sent.area}",
            seq=self._number("alert", now_us),
            issued=now_us,
            expires=max(sent.expires_us, now_us + CANCEL_LASTS_US),
            status=AlertStatus(sent.status),
            msg_type="cancel",
            event=sent.event,
            texts=texts or (AlertText("vi", f"Đã hủy: {sent.event}"[:200], "Cảnh báo trước đó không còn hiệu lực."),),
        )

    def _proclaim(self, alerts: list[Alert]) -> tuple[Alert, ...]:
        letters = []
        for alert in alerts:
            area = alert.audience.removeprefix("area:")
            self.book.alert_sent(Sent(alert.id, area, alert.status, alert.event, alert.expires))
            sealed = self._signer.seal(alert)
            # Who comes later is to hear of a danger, not of an exercise, which must not take its place there either.
            retain = alert.status is AlertStatus.ACTUAL
            letters.append(Letter(f"ttcs/1/area/{area}/alert", sealed, retain=retain, expires_us=alert.expires))
        self._put(letters)
        return tuple(alerts)

    def _voice(self, file: Path | None) -> tuple[bytes | None, tuple[Content, ...]]:
        """Return a voice to travel inside the alert, or as a file on the content server when it is too large."""
        if file is None:
            return None, ()
        try:
            if file.stat().st_size <= MAX_VOICE_BYTES:
                return file.read_bytes(), ()
            found = publish_file(self.place, file)
        except OSError as error:
            problem = Problem("voice", f"cannot be read: {error.strerror}", "name a sound file")
            raise Refused(str(file), (problem,)) from error
        return None, (Content(found.path, found.sha256, found.size),)

    def _number(self, name: str, now_us: WallUs) -> int:
        return self.book.next_number(name, now_us // 1000)

    def _put(self, letters: list[Letter]) -> tuple[int, ...]:
        numbers = self._post.put(*letters)
        is_heard(self.place.bell)
        return numbers


def running(place: Place) -> Facts:
    """Return the facts of a province whose source runs; raise `Unavailable` when it does not."""
    facts = place.facts()
    if not is_heard(place.bell):
        what = f"{place.root}: its source does not run; start `ttcs source {place.root}` in another terminal"
        raise Unavailable(Code.LINK_DOWN, what)
    return facts
