"""Agent for commune loudspeakers and public bulletin boards."""

__version__ = "0.1.0.dev0"
