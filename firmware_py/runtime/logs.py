"""Logs to standard error, one line each; under systemd with the priority prefix of sd-daemon(3) and no time."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

RECENT_BYTES = 256 * 1024
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Journald(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record).replace("\n", " | ")
        return f"<{_PRIORITY.get(record.levelno, 6)}>{text}"


def keep_recent(path: Path) -> None:
    """Keep the newest lines in a small file too, for whoever asks for them; without it where it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=RECENT_BYTES, backupCount=1, encoding="utf-8")
    except OSError as error:
        logging.getLogger("logs").warning("%s: cannot be written (%s); check device.run_dir", path, error.strerror)
        return
    handler.setFormatter(logging.Formatter(_PLAIN))
    logging.getLogger().addHandler(handler)


def set_up(*, under_systemd: bool, level: str = "INFO") -> None:
    """Send all logs to standard error in the form that suits whoever reads it."""
    handler = logging.StreamHandler(sys.stderr)
    if under_systemd:
        handler.setFormatter(_Journald("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter(_PLAIN))
    logging.basicConfig(level=level, handlers=[handler], force=True)
