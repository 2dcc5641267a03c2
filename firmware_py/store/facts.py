"""What the check of a file has found, kept beside it, so that a restart plays at once and checks nothing again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from firmware_py import __version__
from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Malformed
from firmware_py.store.durable import PART, disk

SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What stands in the file. A newer program may judge otherwise, so its version belongs to the verdict."""

    program: str
    sha256: str
    facts: Facts | None = None
    flaw: Flaw | None = None


def recall(content: Path) -> Facts | Flaw | None:
    """Return what is known of a stored file; None when nothing is, or it is damaged or of another version."""
    try:
        verdict = from_json_as(_Verdict, _beside(content).read_bytes())
    except (OSError, Malformed):
        return None  # a cache: what cannot be read is found out again
    if (verdict.program, verdict.sha256) != (__version__, content.name):
        return None
    return replace(verdict.facts, path=str(content)) if verdict.facts else verdict.flaw


def note(content: Path, found: Facts | Flaw) -> None:
    """Keep what was found of a stored file; raise `Unavailable` when the disk is full. Not synced: it is a cache."""
    facts, flaw = (found, None) if isinstance(found, Facts) else (None, found)
    raw = to_json(_Verdict(__version__, content.name, facts, flaw))
    part = content.with_name(content.name + SUFFIX + PART)
    with disk(content):
        part.write_bytes(raw)
        part.replace(_beside(content))


def forget(content: Path) -> None:
    """Drop what is known of a stored file."""
    _beside(content).unlink(missing_ok=True)


def _beside(content: Path) -> Path:
    return content.with_name(content.name + SUFFIX)
