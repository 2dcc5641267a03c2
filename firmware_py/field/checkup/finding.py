"""A finding of a check: how it is, what was seen, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from firmware_py.core.settings import BoardSettings, SpeakerSettings

Level: TypeAlias = Literal["good", "doubtful", "bad"]
"""Nothing to do; something that may be so on purpose, or will be bad; something that must be mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact of a box. What is not good has a `remedy`: what to do, in words for who stands before it."""

    topic: str
    level: Level
    said: str
    remedy: str = ""

    def __post_init__(self) -> None:
        """Hold it against the rule that nobody is told of a fault without being told what to do."""
        if (self.level == "good") == bool(self.remedy):
            raise ValueError(f"{self.topic}: a fault has a remedy, and nothing else has: {self.said}")


@dataclass(frozen=True, slots=True)
class Box:
    """What is looked at: the settings; where the kernel says how the machine is, and the environment (not in tests)."""

    settings: SpeakerSettings | BoardSettings
    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    surroundings: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def state_dir(self) -> Path:
        """Return where the agent keeps what must last."""
        return Path(self.settings.device.state_dir)


Check: TypeAlias = Callable[[Box], Iterator[Finding]]


def good(topic: str, said: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(topic, "good", said)


def doubtful(topic: str, said: str, remedy: str) -> Finding:
    """Return that something may be wrong, or soon will be."""
    return Finding(topic, "doubtful", said, remedy)


def bad(topic: str, said: str, remedy: str) -> Finding:
    """Return that something is wrong."""
    return Finding(topic, "bad", said, remedy)


def split(topic: str, detail: str, level: Level = "bad") -> Finding:
    """Return a finding from the words of an error, which end with `; ` and the remedy."""
    said, _, remedy = detail.rpartition("; ")
    return Finding(topic, level, said or detail, remedy if said else "see the log of the agent")
