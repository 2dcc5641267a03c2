"""What the tests of the runtime share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.rig import Rig


@pytest.fixture(name="rig")
def _rig(tmp_path: Path) -> Rig:
    """Return a loop at six in the morning."""
    return Rig(tmp_path)
