"""The dependency rule holds, and its reader sees what breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layers import OURS, violations

PACKAGE = Path(__file__).resolve().parents[1] / OURS

BREAKS: list[tuple[str, dict[str, str], str]] = [
    (
        "core-upward",
        {"core/a.py": "from firmware_py.runtime import b", "runtime/b.py": ""},
        "core must not import",
    ),
    (
        "link-store",
        {"link/a.py": "import firmware_py.store.b", "store/b.py": ""},
        "link must not import store",
    ),
    ("store-runtime", {"store/a.py": "import firmware_py.runtime"}, "store must not import runtime"),
    ("runtime-link", {"runtime/a.py": "from firmware_py import link", "link/__init__.py": ""}, "import link"),
    (
        "speaker-board",
        {"speaker/a.py": "from firmware_py.board import screen"},
        "speaker must not import board",
    ),
    ("board-speaker", {"board/a.py": "from ..speaker import sink"}, "board must not import speaker"),
    ("board-field", {"board/a.py": "import firmware_py.field.main"}, "board must not import field"),
    ("root-core", {"__init__.py": "from firmware_py.core import a", "core/a.py": ""}, "must not import core"),
    ("core-root", {"core/a.py": "from firmware_py import __version__"}, "core must not import firmware_py"),
    (
        "type-checking",
        {"core/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import firmware_py.link"},
        "core must not import link",
    ),
    ("new-layer", {"utils/a.py": ""}, "utils is no layer"),
    ("core-file", {"core/a.py": "from pathlib import Path"}, "core must not import pathlib"),
    ("core-clock", {"core/a.py": "import time"}, "core must not import time"),
    ("core-submodule", {"core/a.py": "import os.path"}, "core must not import os.path"),
    ("core-open", {"core/a.py": "text = open('x')"}, "core must not call open()"),
    ("core-now", {"core/a.py": "import datetime\nx = datetime.datetime.now()"}, "core must not call now()"),
    ("msgspec-elsewhere", {"core/a.py": "import msgspec"}, "msgspec belongs into core/codec.py"),
    ("library-outside-its-layer", {"link/a.py": "import sounddevice"}, "sounddevice belongs into speaker"),
    ("pygame-elsewhere", {"speaker/a.py": "import pygame.mixer"}, "pygame belongs into board"),
    ("unknown-library", {"store/a.py": "import numpy"}, "numpy is no library of the table"),
    ("test-library", {"store/a.py": "import pytest"}, "pytest is no library of the table"),
    (
        "two-adapters",
        {"speaker/a.py": "import vlc", "store/b.py": "import vlc"},
        "vlc is imported by more than one",
    ),
    (
        "nested",
        {"field/a.py": "def f():\n    import json  # noqa: PLC0415"},
        "inside a function without a reason",
    ),
    (
        "cycle",
        {
            "core/a.py": "from firmware_py.core import b",
            "core/b.py": "from firmware_py.core.c import x",
            "core/c.py": "def f():\n    from .a import y  # noqa: PLC0415 - loaded when it is first needed",
        },
        "import cycle: firmware_py.core.a -> firmware_py.core.b -> firmware_py.core.c -> firmware_py.core.a",
    ),
]

ALLOWED = {
    "__init__.py": "__version__ = '1'",
    "core/__init__.py": "",
    "core/codec.py": "import msgspec\nfrom datetime import datetime\nfrom zoneinfo import ZoneInfo",
    "core/recurrence.py": "from .codec import msgspec as other",
    "runtime/loop.py": "import threading\nfrom firmware_py.core import codec",
    "speaker/sink.py": "import sounddevice\nfrom firmware_py.runtime.loop import x",
    "board/screen.py": "import pygame",
    "board/pages.py": "import pygame.font\nfrom firmware_py.board import screen",
    "field/main.py": "from firmware_py import __version__\n"
    "import firmware_py.board.screen, firmware_py.speaker.sink\n"
    "def f():\n    import json  # noqa: PLC0415 - other commands start without it",
}


def write(package: Path, files: dict[str, str]) -> Path:
    """Write the files of a package below `package` and return it."""
    for name, source in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return package


def test_the_package_keeps_the_rule() -> None:
    """Nothing in the package imports or calls what its layer must not."""
    assert (PACKAGE / "core").is_dir()
    assert violations(PACKAGE) == []


@pytest.mark.parametrize(("files", "message"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_each_break_is_seen_and_nothing_else(tmp_path: Path, files: dict[str, str], message: str) -> None:
    """A package with one break of the rule gives that violation and no other."""
    found = violations(write(tmp_path / OURS, files))
    assert len(found) == 1
    assert message in found[0]


def test_what_is_allowed_gives_no_violation(tmp_path: Path) -> None:
    """A package that uses every freedom of the rule is not complained about."""
    assert violations(write(tmp_path / OURS, ALLOWED)) == []
