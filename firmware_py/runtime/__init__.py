"""What keeps the agent running: the loop, the worker, the output process, clock, config, systemd, logs."""
