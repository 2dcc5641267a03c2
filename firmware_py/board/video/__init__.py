"""Videos: decoded by a process for each, ahead of time, into memory that it shares with the process that draws."""
