"""A province (tỉnh) in a directory: everything that a source system does, small enough for a technician's desk."""
