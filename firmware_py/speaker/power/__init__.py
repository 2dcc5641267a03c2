"""Switching the amplifier (tăng âm): a small process of its own, and a driver for each way to reach one."""
