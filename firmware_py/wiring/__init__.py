"""What the composition roots of both products put together in the same way."""
