"""The rules: what is on air, and what to do about it. Pure: no I/O, no clock read, nothing of ours from outside."""
