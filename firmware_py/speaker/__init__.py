"""The loudspeaker: libVLC decodes, we mix, the sound card stays open."""
