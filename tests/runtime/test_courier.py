"""Events reach the source however often they must be sent: in batches, again after a doubt, gone on its word only."""

from __future__ import annotations

import pytest

from firmware_py.core import events as ev
from firmware_py.core.codec import from_json_as
from firmware_py.core.errors import Unavailable
from firmware_py.core.records import Fault
from firmware_py.core.reports import MAX_BATCH, MAX_BATCH_BYTES, Batch
from firmware_py.core.units import SECOND
from firmware_py.runtime.courier import AGAIN_US, GATHER_US, IN_FLIGHT, Courier
from tests.runtime.fakes import FakeJournal, FakeLink


class Office:
    """A courier between a journal and a link, in hand-moved time."""

    def __init__(self) -> None:
        """Begin with an empty outbox."""
        self.journal, self.link = FakeJournal(), FakeLink()
        self.courier = Courier(self.journal, self.link, "box")
        self.now_us = 0

    def write(self, count: int, detail: str = "x") -> None:
        """Let faults happen."""
        self.journal.write(*(Fault(0, "code", "subject", detail) for _ in range(count)))
        self.courier.written(self.now_us)

    def connect(self, number: int = 1) -> ev.LinkUp:
        """Let a broker take the box on."""
        return self.courier.greet(ev.LinkUp(number), self.now_us)

    def pass_(self, duration_us: int = GATHER_US) -> None:
        """Let time pass."""
        self.now_us += duration_us
        self.courier.pump(self.now_us)

    def batches(self) -> list[list[int]]:
        """Return the numbers of the events in each message so far."""
        bodies = [from_json_as(Batch, message.body) for message in self.link.published]
        return [[event.no for event in body.events] for body in bodies]

    def receipt(self, no: int, code: str = "") -> None:
        """Let the broker answer a message."""
        self.courier.sent(ev.Sent(no, code), self.now_us)


@pytest.fixture(name="office")
def _office() -> Office:
    return Office()


def test_events_gather_for_a_moment_and_go_together(office: Office) -> None:
    """Nothing goes before the moment is over; then all that is there goes in one message."""
    office.connect()
    office.pass_()
    office.write(2)
    office.pass_(GATHER_US - 1)
    assert office.batches() == []
    office.write(1)
    office.pass_(1)
    assert office.batches() == [[1, 2, 3]]


def test_nothing_goes_without_a_connection(office: Office) -> None:
    """What happens meanwhile waits, and goes on the next connection; the greeting names it."""
    office.write(3)
    office.pass_()
    assert office.batches() == []
    assert office.connect() == ev.LinkUp(1, "epoch", 1, 3)
    office.pass_()
    assert office.batches() == [[1, 2, 3]]
    office.courier.lose()
    office.write(1)
    office.pass_()
    assert len(office.batches()) == 1


def test_a_backlog_goes_in_batches_a_few_at_a_time(office: Office) -> None:
    """No message has more than fifty events, no more than a few are under way, and receipts draw the next ones."""
    office.write(500)  # no more, for then it would go another way
    office.connect()
    office.pass_()
    assert office.batches() == [[*range(n, n + MAX_BATCH)] for n in range(1, 1 + IN_FLIGHT * MAX_BATCH, MAX_BATCH)]
    for no in range(1, 7):
        office.receipt(no)
        office.pass_()
    assert [batch[-1] for batch in office.batches()] == [*range(50, 501, 50)]


def test_no_message_is_too_large(office: Office) -> None:
    """Long details: fewer events in a message, none lost; one that is too large alone goes alone."""
    office.write(20, "d" * (MAX_BATCH_BYTES // 8))
    office.write(1, "d" * (2 * MAX_BATCH_BYTES))
    office.connect()
    for no in range(1, 12):
        office.pass_()
        office.receipt(no)
    sizes = [len(message.body) for message in office.link.published]
    assert [no for batch in office.batches() for no in batch] == list(range(1, 22))
    assert [size for size in sizes if size > MAX_BATCH_BYTES] == [max(sizes)]


def test_only_the_words_of_the_source_let_events_go(office: Office) -> None:
    """A broker's receipt keeps them; the source's word removes them, and only for this epoch."""
    office.write(3)
    office.connect()
    office.pass_()
    office.receipt(1)
    assert office.journal.outbox_bounds() == (1, 3)
    office.courier.forget("another", 3, office.now_us)
    assert office.journal.outbox_bounds() == (1, 3)
    office.courier.forget("epoch", 2, office.now_us)
    assert office.journal.outbox_bounds() == (3, 3)
    office.courier.forget("epoch", 3, office.now_us)
    assert office.journal.outbox_bounds() == (0, 0)


def test_everything_unconfirmed_goes_again_on_a_new_connection(office: Office) -> None:
    """The connection was lost after the message: it is sent again, from the last word of the source on."""
    office.write(3)
    office.connect()
    office.pass_()
    office.courier.forget("epoch", 1, office.now_us)
    office.courier.lose()
    office.connect(2)
    office.pass_()
    assert office.batches() == [[1, 2, 3], [2, 3]]


def test_what_was_refused_or_never_answered_goes_again(office: Office) -> None:
    """A refusal, and two minutes without a word of the source: the same events are sent once more."""
    office.write(1)
    office.connect()
    office.pass_()
    office.receipt(1, "quota_exceeded")
    office.pass_()
    assert office.batches() == [[1], [1]]
    office.pass_(AGAIN_US + GATHER_US)
    office.pass_()
    assert office.batches() == [[1]] * 3


def test_a_confirmed_outbox_is_not_read_again(office: Office) -> None:
    """With nothing new nothing is sent, however long that lasts."""
    office.write(1)
    office.connect()
    office.pass_()
    office.receipt(1)
    office.courier.forget("epoch", 1, office.now_us)
    for _ in range(5):
        office.pass_(AGAIN_US)
    assert office.batches() == [[1]]


def test_a_full_disk_is_the_callers_trouble(office: Office) -> None:
    """Events that cannot be removed stay, and the next word removes them."""
    office.write(1)
    office.journal.full = True
    with pytest.raises(Unavailable):
        office.courier.forget("epoch", 1, office.now_us)
    office.journal.full = False
    office.courier.forget("epoch", 1, office.now_us + SECOND)
    assert office.journal.outbox_bounds() == (0, 0)


def test_a_long_backlog_goes_to_the_content_servers(office: Office) -> None:
    """More than five hundred events go by HTTPS, a batch at a time; the rest goes by the broker."""
    office.write(1300)
    office.connect()
    for _ in range(3):
        office.pass_()
        if office.link.backlogs:
            office.courier.brought("", office.now_us)
    bodies = [from_json_as(Batch, body) for body in office.link.backlogs]
    assert [(body.events[0].no, body.events[-1].no) for body in bodies] == [(1, 500), (501, 1000)]
    assert office.batches()[0][0] == 1001


def test_a_backlog_that_no_server_takes_goes_by_the_broker(office: Office) -> None:
    """The content servers are away or refuse: slowly, but all of it goes the other way."""
    office.write(600)
    office.connect()
    office.pass_()
    office.courier.brought("events: no server takes it", office.now_us)
    office.pass_()
    assert len(office.link.backlogs) == 1
    assert office.batches()[0][0] == 1
