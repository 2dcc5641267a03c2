"""Logs go to standard error, in the form that suits the reader."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from firmware_py.runtime.logs import RECENT_BYTES

PROGRAM = """
import logging
from firmware_py.runtime import logs
logs.set_up(under_systemd={systemd}, level="{level}")
log = logging.getLogger("agent")
log.debug("xong")
log.info("đang phát")
log.warning("mất card\\nâm thanh")
log.error("đĩa đầy")
"""


def logged(*, systemd: bool, level: str = "INFO") -> list[str]:
    """Return the lines that a process logs."""
    program = PROGRAM.format(systemd=systemd, level=level)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout == b""
    return done.stderr.decode().splitlines()


def test_under_systemd_a_line_is_a_message_with_its_priority() -> None:
    """The priority as sd-daemon(3) has it, no time, and a message of two lines stays one."""
    assert logged(systemd=True, level="DEBUG") == [
        "<7>agent: xong",
        "<6>agent: đang phát",
        "<4>agent: mất card | âm thanh",
        "<3>agent: đĩa đầy",
    ]


def test_in_a_terminal_a_line_begins_with_its_time() -> None:
    """Time, level and part before the message; what is below the level is left out."""
    lines = logged(systemd=False)
    assert [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", "", line) for line in lines] == [
        "INFO agent: đang phát",
        "WARNING agent: mất card",
        "âm thanh",
        "ERROR agent: đĩa đầy",
    ]
    assert len(logged(systemd=False, level="ERROR")) == 1


def test_the_newest_lines_are_kept_in_a_file_too(tmp_path: Path) -> None:
    """A bounded file holds what was logged last; where none can be written, that is said and nothing stops."""
    path = tmp_path / "spool" / "recent.log"
    log = "\nlog = logging.getLogger('x')\nfor n in range(20000): log.info('line %d', n)\n"
    program = "import logging, sys\nfrom pathlib import Path\nfrom firmware_py.runtime import logs\n"
    program += "logs.set_up(under_systemd=False)\nlogs.keep_recent(Path(sys.argv[1]))" + log
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True)
    assert path.read_text().endswith("line 19999\n")
    assert sum(file.stat().st_size for file in path.parent.iterdir()) <= 2 * RECENT_BYTES
    done = subprocess.run([sys.executable, "-c", program, "/proc/none/recent.log"], check=True, capture_output=True)
    assert b"check device.run_dir" in done.stderr
