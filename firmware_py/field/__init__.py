"""The `ttcs` command: what a technician or a developer types."""
