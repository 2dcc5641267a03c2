"""What outlives a power cut: content by its hash, the schedule documents, the journal of what was really played."""
