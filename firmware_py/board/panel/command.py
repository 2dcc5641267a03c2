"""A program of the system that reaches a panel: run with a list of arguments, never through a shell."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from firmware_py.board.panel.driver import silent

LIMIT_S = 2.0


def run(arguments: Sequence[str], package: str) -> str:
    """Return what a program said; raise `Unavailable` when it is missing, fails, or takes longer than `LIMIT_S`."""
    name = arguments[0]
    try:
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False, encoding="latin-1"
        )
    except FileNotFoundError as error:
        raise silent(f"{name} is not there; install the Debian package {package}") from error
    except subprocess.TimeoutExpired as error:
        raise silent(f"{' '.join(arguments)}: did not end within {LIMIT_S:g} s") from error
    except OSError as error:
        raise silent(f"{name}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[:120]
        raise silent(f"{' '.join(arguments)}: failed with status {done.returncode}: {said}")
    return done.stdout
