"""What is in an audio file, packet by packet: where each begins, how long it lasts, which samples count.

libVLC decodes packets exactly, but its own demuxers lose up to 80 ms at the start of some formats, seek by
estimate and follow playlists and addresses inside a file. So the file is read here, and libVLC is given a stream
that we write (`matroska.py`) of the packets that we chose: exact from the first sample to the last, from any place.
"""
