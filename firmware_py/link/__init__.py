"""The source system as seen from here."""
