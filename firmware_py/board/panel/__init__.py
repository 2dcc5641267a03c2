"""Switching and dimming the board's panel (màn hình): a small process of its own, and a driver for each way to it."""
