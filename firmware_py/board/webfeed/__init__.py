"""Web feeds (RSS, Atom) of strangers, read in a process of their own to a few lines of plain text."""
