"""Agent for commune loudspeakers and public bulletin boards."""

__version__ = "0.1.0.dev0"
BUILT_US = 1_795_392_000_000_000
"""The day of this version, 23 November 2026: no clock that shows less is right."""
