"""The link of a box to its province (hệ thống thông tin nguồn) over MQTT 5: messages up, documents down.

It believes nothing and decides nothing: what comes goes to the loop as it is, and is confirmed when the loop says
that it is safe. What cannot be sent is dropped; whatever matters is in the loop's outbox.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from firmware_py.core import events as ev
from firmware_py.core.errors import Code
from firmware_py.core.settings import Broker
from firmware_py.core.trust import Identity
from firmware_py.core.units import MonoUs
from firmware_py.link.backoff import Backoff
from firmware_py.link.dial import Dialer
from firmware_py.link.keeper import Keeper, in_thread
from firmware_py.link.letters import Came
from firmware_py.link.terms import Terms
from firmware_py.link.topics import Topics

_log = logging.getLogger("link")
_USUAL = Terms()


class MqttLink:
    """The link of the box `identity`; its methods may be called from any thread and never block.

    `connection` is the number of the next connection. Events go to `post`, from the link's thread. Raises ValueError
    when the id of the box or one of its areas could not stand in a topic. `figures`: those of its areas are asked for.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - who the box is, where it calls, and what for
        self,
        settings: Broker,
        identity: Identity,
        boot_id: str,
        connection: int,
        post: Callable[[ev.Event], None],
        chance: random.Random,
        terms: Terms = _USUAL,
        *,
        figures: bool = False,
    ) -> None:
        self._topics = Topics(identity, boot_id, figures=figures)
        dial = Dialer(settings, self._topics.account, terms)
        backoff = Backoff(terms.first_s, settings.reconnect_max_s, chance)
        self._keeper = Keeper(dial, _Box(self._topics, post), connection, backoff, terms)

    @property
    def ticked_us(self) -> MonoUs:
        """When the link's thread last gave a sign of life; it may be silent for `terms.LONGEST_SILENCE_S`."""
        return self._keeper.ticked_us

    def start(self, died: Callable[[BaseException], None]) -> None:
        """Start the thread; `died` is called in it with whatever ended it against its will."""
        in_thread(self._keeper.run, died)

    def publish(self, message: ev.Publish) -> None:
        """Hand a message to the broker; `Sent` answers one that has a number."""
        self._keeper.publish(self._topics.letter(message))

    def acknowledge(self, ticket: int) -> None:
        """Confirm what came with this ticket; one of an earlier connection means nothing any more."""
        self._keeper.acknowledge(ticket)

    def close(self) -> None:
        """Leave the broker; it publishes the will after its delay, unless the box is back by then."""
        self._keeper.leave()


class _Box:
    """What the box hears from its link, as events of the loop."""

    def __init__(self, topics: Topics, post: Callable[[ev.Event], None]) -> None:
        self._topics, self._post = topics, post

    def up(self, number: int) -> None:
        _log.info("connected, number %d", number)
        self._post(ev.LinkUp(number))

    def down(self, code: Code, detail: str) -> None:
        _log.warning("not connected: %s", detail)
        self._post(ev.LinkDown(code, detail))

    def came(self, letter: Came, ticket: int) -> bool:
        kind = self._topics.kind(letter.topic)
        if kind is None:
            _log.warning("a message on %r was not asked for and is dropped", letter.topic[:200])
            return False
        self._post(ev.Arrived(kind, letter.body, ticket, letter.retain, letter.remaining_s))
        return True

    def sent(self, no: int, code: str) -> None:
        self._post(ev.Sent(no, code))

    def noticed(self, code: Code, detail: str) -> None:
        self._post(ev.Noticed(code, "link", detail))
