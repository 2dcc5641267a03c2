"""`ttcs run speaker|board --config F`: the agent, as systemd and technicians start it."""

from __future__ import annotations

import argparse
import importlib
import os
from pathlib import Path

from firmware_py.core.settings import BoardSettings, Settings, SpeakerSettings
from firmware_py.core.units import SECOND
from firmware_py.runtime import logs
from firmware_py.runtime.agent import SPOOL
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.config import load_config
from firmware_py.runtime.spool import LOG

KINDS: dict[str, type[Settings]] = {"speaker": SpeakerSettings, "board": BoardSettings}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("product", choices=("speaker", "board"), help="which agent")
    parser.add_argument("--config", type=Path, required=True, metavar="F", help="config file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a config value (TOML)")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS", help="run at another time of day")
    parser.add_argument("--log", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="log level")


def main(options: argparse.Namespace) -> int:
    """Run the agent until SIGTERM or SIGINT."""
    logs.set_up(under_systemd="INVOCATION_ID" in os.environ, level=options.log)
    settings = load_config(KINDS[options.product], options.config, options.set)
    logs.keep_recent(Path(settings.device.run_dir) / SPOOL / LOG)
    clock = SystemClock(round(options.clock_offset * SECOND))
    agent = importlib.import_module(f"firmware_py.{options.product}.agent")  # a speaker loads nothing of a board
    return int(agent.main(settings, clock))
