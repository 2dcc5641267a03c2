"""`ttcs doctor` on the way to the province: every fault of names, keys, broker and content server is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from firmware_py.core.overview import Link
from firmware_py.core.settings import Broker, SpeakerSettings
from firmware_py.field.checkup import link
from firmware_py.field.checkup.finding import Box, Finding
from firmware_py.link.crypto.certificates import Authority, Identity
from tests.field.patients import Patient, faults, only, patient
from tests.link.broker import Mosquitto
from tests.link.server import ContentServer, Handler


@pytest.fixture(name="speaker")
def _speaker(tmp_path: Path) -> Patient:
    return patient(tmp_path, SpeakerSettings)


# The way to the province.


@dataclass(frozen=True, slots=True)
class Province:
    """A broker, a content server and the keys of a box that belongs to them."""

    mosquitto: Mosquitto
    content: ContentServer
    speaker: Patient

    def box(self, **changes: object) -> Box:
        """Return the box, with other words about its broker."""
        broker = self.mosquitto.settings("a", origins=(self.content.origin,), **changes)
        return boxed(self.speaker, broker)


def boxed(speaker: Patient, broker: Broker) -> Box:
    """Return a box that is linked to a broker; it has no keyring."""
    link_settings = replace(
        speaker.box.settings.link, kind="mqtt", trust="signed", keyring=str(speaker.directory / "k"), broker=broker
    )
    return replace(speaker.box, settings=replace(speaker.box.settings, link=link_settings))


class Dated(Handler):
    """A content server with a clock of its own."""

    apart = timedelta()

    def do_HEAD(self) -> None:  # noqa: N802 - http.server calls it so
        """Say nothing but what time it is here."""
        self.head(404, {"Content-Length": "0"})

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time of this server."""
        return format_datetime(datetime.now(UTC) + self.apart, usegmt=True) if timestamp is None else ""


@pytest.fixture(name="province")
def _province(tmp_path: Path, speaker: Patient) -> Iterator[Province]:
    mosquitto = Mosquitto(tmp_path / "broker")
    mosquitto.start()
    server = mosquitto.authority.issue_server(["127.0.0.1"])
    with ContentServer(mosquitto.authority, server) as content:
        content.RequestHandlerClass = type("Handler", (Dated,), {})
        try:
            yield Province(mosquitto, content, speaker)
        finally:
            mosquitto.kill()


def beside_the_keyring(found: Iterator[Finding]) -> Iterator[Finding]:
    """Yield all findings but that there is no keyring here, which is the same in each of these tests."""
    return (each for each in found if not (each.topic == "keys" and "/k:" in each.said))


def test_a_good_way_to_the_province_has_no_fault(province: Province) -> None:
    """Name, certificate, broker, content server and its clock."""
    found = list(beside_the_keyring(link.look(province.box())))
    assert faults(iter(found)) == []
    assert [each.topic for each in found] == ["keys", "network", "broker", "content", "clock"]


def test_a_keyring_that_is_not_there_is_found(province: Province) -> None:
    """Its path is named."""
    fault = only(link.look(province.box()))
    assert (fault.topic, fault.level) == ("keys", "bad")
    assert str(province.speaker.directory / "k") in fault.said


def test_a_name_that_nobody_knows_is_found(province: Province) -> None:
    """Nothing else is tried then."""
    fault = only(beside_the_keyring(link.look(province.box(host="broker.invalid"))))
    assert (fault.topic, fault.level) == ("network", "bad")


def test_a_broker_that_does_not_run_is_found(province: Province) -> None:
    """The content server is asked all the same."""
    province.mosquitto.kill()
    fault = only(beside_the_keyring(link.look(province.box())))
    assert (fault.topic, fault.level) == ("broker", "bad")
    assert "firewall" in fault.remedy


def test_a_broker_whose_certificate_has_expired_is_found(province: Province, tmp_path: Path) -> None:
    """So is one that another authority vouches for: both say what is the matter."""
    ca = tmp_path / "broker" / "ca"
    old = Authority.load(ca, now=datetime.now(UTC) - timedelta(days=3000)).issue_server(["127.0.0.1"])
    stranger = Authority.create(tmp_path / "other", "Other").issue_server(["127.0.0.1"])
    for server, word in ((old, "expired"), (stranger, "issuer")):
        province.mosquitto.kill()
        province.mosquitto.serve_as(server)
        province.mosquitto.start()
        fault = only(beside_the_keyring(link.look(province.box())))
        assert (fault.topic, fault.level) == ("broker", "bad")
        assert word in fault.said


def test_keys_of_the_box_that_are_no_good_are_found(province: Province, tmp_path: Path) -> None:
    """Its certificate has expired, soon will, or is none."""
    for days, level in ((3000, "bad"), (700, "doubtful")):
        past = Authority.load(tmp_path / "broker" / "ca", now=datetime.now(UTC) - timedelta(days=days))
        device = aged(past, days)
        broker = province.mosquitto.settings(
            "a", certificate=str(device.cert_path), key=str(device.key_path), origins=(province.content.origin,)
        )
        found = [each for each in link.look(boxed(province.speaker, broker)) if "certificate is good" in each.said]
        assert [each.level for each in found] == [level]
        assert all("enrol the box anew" in each.remedy for each in found)
    province.speaker.write("none.pem", "no certificate")
    found = list(beside_the_keyring(link.look(province.box(certificate=str(tmp_path / "none.pem")))))
    assert [(each.topic, each.level) for each in found] == [("keys", "bad"), ("keys", "bad")]


def aged(authority: Authority, days: int) -> Identity:
    """Return the identity of a box, made by an authority that lives in the past."""
    return authority.issue_device(f"aged-{days}")


def test_a_content_server_that_does_not_run_is_found(province: Province) -> None:
    """The broker is there, the content server is not."""
    broker = province.mosquitto.settings("a", origins=("https://127.0.0.1:9",))
    fault = only(beside_the_keyring(link.look(boxed(province.speaker, broker))))
    assert (fault.topic, fault.level) == ("content", "bad")


def test_a_clock_that_is_an_hour_off_is_found(province: Province) -> None:
    """The content server's word stands beside ours, though a time server was heard."""
    province.content.RequestHandlerClass = type("Handler", (Dated,), {"apart": timedelta(hours=1)})
    fault = only(beside_the_keyring(link.look(province.box())))
    assert (fault.topic, fault.level) == ("clock", "bad")
    assert "behind" in fault.said


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (Link("mqtt", up=False), "its log"),
        (Link("mqtt", up=True), "access list"),
        (Link("mqtt", up=True, answered=True, waiting=4), "ttcs export"),
    ],
)
def test_what_only_the_agent_knows_of_the_broker_is_asked_of_it(province: Province, said: Link, remedy: str) -> None:
    """That it is not let in, or not heard; a second connection would throw it out."""
    province.speaker.runs(link=said)
    assert remedy in only(beside_the_keyring(link.look(province.box()))).remedy


def test_a_folder_that_is_not_there_is_found(speaker: Patient) -> None:
    """The link of a technician's box."""
    (speaker.directory / "feed").rmdir()
    assert only(link.look(speaker.box)).remedy.startswith("make it")
