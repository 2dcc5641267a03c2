"""The `ttcs` command: which program a word stands for.

A command's module is imported when it is called: the agent must not carry the tools in its memory, nor pygame
in a loudspeaker.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any

from firmware_py.core.errors import Refused, Unavailable, Unplayable
from firmware_py.field import faults

COMMANDS = {
    "demo": "play and show the demo programme, here and now, with no server",
    "run": "run the agent of a loudspeaker or a bulletin board",
    "install": "make this machine a box: program, user, units, config, started now and after each boot",
    "status": "show what a box is doing now and why, and what comes next",
    "doctor": "look at everything that a box needs, and say what to do about each fault",
    "check": "check a config file, or a schedule with its media",
    "schedule": "show what would be on air when",
    "preview": "draw what a board would show at an instant, as a PNG",
    "say": "speak a text as a loudspeaker does that gets an alert without a voice",
    "source": "run a source system on this desk: broker, content server, keys, journal of all boxes",
    "enrol": "make a box of that source system, ready to run",
    "send": "publish a schedule, alert, command or keyring to its boxes",
    "watch": "show its boxes as they are now, and what they did last",
    "keys": "make, grant, rotate and show keys; sign documents, and see what a signature is worth",
    "export": "write what a box has done to a file, for a memory stick",
    "take": "bring such a file to a source system",
    "test": "run the whole test suite; arguments go to pytest",
    "bench": "measure speed and memory, beside peers in the same run",
}
PASSES_ARGUMENTS_ON = ("test",)


def main(argv: list[str] | None = None) -> int:
    """Run the command line given, by default the process's own, and return the exit status 0, 1 or 2."""
    words = sys.argv[1:] if argv is None else argv
    name = next((word for word in words if not word.startswith("-")), "")
    if name in PASSES_ARGUMENTS_ON and words[0] == name:
        return int(_module(name).main(words[1:]))
    parser = argparse.ArgumentParser(prog="ttcs", description="Agent for loudspeakers and bulletin boards.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, text in COMMANDS.items():
        sub = commands.add_parser(command, help=text, description=text[0].upper() + text[1:] + ".")
        if command == name and name not in PASSES_ARGUMENTS_ON:
            _module(name).arguments(sub)
    return _run(parser.parse_args(words))


def _run(options: argparse.Namespace) -> int:
    try:
        status = int(_module(options.command).main(options))
        sys.stdout.flush()
    except Refused as refusal:
        faults.show(refusal.source, refusal.problems, "ttcs: ")
    except (Unavailable, Unplayable) as error:
        print(f"ttcs: {error.detail}", file=sys.stderr)
    except KeyboardInterrupt:
        print("ttcs: interrupted", file=sys.stderr)
    except BrokenPipeError:  # whoever read the output has seen enough; nothing more must go there at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    else:
        return status
    return 1


def _module(name: str) -> Any:  # noqa: ANN401 - a module of commands
    return importlib.import_module("firmware_py.field." + {"test": "suite"}.get(name, name))


if __name__ == "__main__":
    sys.exit(main())
