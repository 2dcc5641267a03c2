"""What the board's tests share: the fonts of this system, read once."""

from __future__ import annotations

import pytest

from firmware_py.board.glyphs import FontChain


@pytest.fixture(scope="session")
def chain() -> FontChain:
    """Return the installed fonts."""
    return FontChain()
