"""Thousands of forgeries made with knowledge of the form and with stolen keys: none comes through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.trust import Identity
from firmware_py.core.wire import Role
from tests.core.forgeries import Box, all_marks, forge
from tests.core.forging import BESIDE, BOX, NAMES, RING, grant, keyring

FORGERIES = 3_000
SEED = 20_261_123
FOR_HOLES = 600
BATCHES = 5


def test_no_forgery_comes_through() -> None:
    """Nothing is obeyed that the keys did not say, nothing twice; and every rule that an envelope can break refuses."""
    verdicts = forge(FORGERIES, SEED)
    assert verdicts.inputs == FORGERIES
    assert verdicts.accepted == []
    assert 0 < verdicts.genuine < FORGERIES / 5
    reached = {Code.ENVELOPE_MALFORMED, Code.SIGNATURE_INVALID, Code.DOCUMENT_REFUSED, Code.ROLE_FORBIDDEN}
    assert reached | {Code.AUDIENCE_WRONG, Code.EXPIRED, Code.REPLAYED} <= set(verdicts.refused)


HOLES = {
    "every signature is right": Box(check=lambda *_: True),
    "technicians may command": Box(keyring(3, technician=grant(Role.COMMAND, "technician"))),
    "one root is enough": Box(keyring(3, root=grant(Role.ROOT, "root1"))),
    "one of the pair is enough": Box(keyring(3, pair=grant(Role.COMMAND, "pair1", "pair2"))),
    "a revoked key is known": Box(keyring(3, (*NAMES, "revoked"), gone=grant(Role.ALERT, "revoked", areas=("62",)))),
    "the keyring is an old one": Box(replace(RING, version=1)),
    "the area beside is below": Box(who=Identity("kt-001", ("62", BESIDE, *BOX.areas[1:]))),
    "who commands may write": Box(keyring(3, content=grant(Role.CONTENT, "content", "command"))),
    "it is another box": Box(who=Identity("kt-002", BOX.areas)),
}


@pytest.mark.parametrize("box", HOLES.values(), ids=HOLES.keys())
def test_forgeries_find_a_hole(box: Box) -> None:
    """A box with one weakness is broken into, mostly at once: so what the right one withstands is no accident."""
    assert any(forge(FOR_HOLES, SEED + batch, box).accepted for batch in range(BATCHES))


def test_what_the_forgeries_are_made_from_is_genuine() -> None:
    """The box obeys each of the documents that are changed, one after the other."""
    assert {name.partition("/")[0] for name in all_marks()} == {"desired", "command", "alert", "data", "keyring"}
