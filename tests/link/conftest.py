"""What the tests of the MQTT link share: a broker, boxes and peers, all of which are gone when the test ends."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.link.terms import Terms
from tests.link.boxes import QUICK, Box, Make
from tests.link.broker import Mosquitto, Peer
from tests.link.proxy import Proxy
from tests.waiting import until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that runs."""
    made = Mosquitto(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def make_box(broker: Mosquitto) -> Iterator[Make]:
    """A maker of started boxes: by name, with changes to the config of its broker and to the box."""
    boxes: list[Box] = []

    def make(
        name: str = "box-1", *, kind: type[Box] = Box, number: int = 1, terms: Terms = QUICK, **changes: object
    ) -> Box:
        box = kind(broker.settings(name, **changes), name, number=number, terms=terms)
        boxes.append(box)
        box.start()
        return box

    yield make
    for box in boxes:
        box.link.close()
    until(lambda: all(box.is_gone() for box in boxes))
    assert [box.deaths for box in boxes if box.deaths] == []


@pytest.fixture
def source(broker: Mosquitto) -> Iterator[Peer]:
    """The source system: it hears what all boxes say."""
    peer = Peer(broker, "source", "ttcs/1/d/+/up/+")
    yield peer
    peer.close()


@pytest.fixture
def proxy(broker: Mosquitto) -> Iterator[Proxy]:
    """A network between the boxes and the broker."""
    made = Proxy(broker.port, random.Random(20))
    yield made
    made.refuse()
