"""Logs to standard error, one line each; under systemd with the priority prefix of sd-daemon(3) and no time."""

from __future__ import annotations

import logging
import sys

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Journald(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\n", " | ")
        return f"<{_PRIORITY.get(record.levelno, 6)}>{text}"


def set_up(*, under_systemd: bool, level: str = "INFO") -> None:
    """Send all logs to standard error in the form that suits whoever reads it."""
    handler = logging.StreamHandler(sys.stderr)
    if under_systemd:
        handler.setFormatter(_Journald("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
