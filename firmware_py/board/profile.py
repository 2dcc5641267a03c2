"""Pictures in colours of their own (ICC profiles) brought to those of a screen (sRGB).

A camera's picture in Adobe RGB is dull without, and one for a printing press (CMYK) has other colours altogether. A
profile that cannot be used costs its colours, never the picture.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageCms

MOST_BYTES = 4 << 20
"""Those of printing presses have 500 KB to 2 MB."""

_SCREEN = ImageCms.createProfile("sRGB")
_MODES = {"RGB": "RGB", "RGBA": "RGBA", "CMYK": "RGB"}
"""What is converted, and to what. Greys stay as they are."""


def to_screen(image: Image.Image) -> Image.Image:
    """Return a picture in the colours of a screen; without a profile, or with a useless one, as it is."""
    profile = image.info.get("icc_profile", b"")
    if not 0 < len(profile) <= MOST_BYTES or image.mode not in _MODES:
        return image
    with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        made = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), _SCREEN, outputMode=_MODES[image.mode]
        )
        if made is not None:
            return made
    return image
