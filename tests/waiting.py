"""Waiting for what other threads and processes do, without sleeping for a guessed time."""

from __future__ import annotations

import inspect
import time
from threading import Event
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
POLL_S = 0.01


def until(condition: Callable[[], T], timeout_s: float = 5.0) -> T:
    """Return the first true value of `condition`; after `timeout_s` seconds raise AssertionError naming it."""
    deadline_s = time.monotonic() + timeout_s
    pause = Event()
    while not (value := condition()):
        if time.monotonic() > deadline_s:
            raise AssertionError(f"not within {timeout_s:g} s: {_named(condition)}; last value {value!r}")
        pause.wait(POLL_S)
    return value


def _named(condition: Callable[[], object]) -> str:
    try:
        source = inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
    return source if "lambda" in source else getattr(condition, "__qualname__", repr(condition))
