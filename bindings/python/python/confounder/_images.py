"""PIL images and NumPy arrays as buffers. Neither library is imported unless the caller has done so."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ._errors import of

_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_ORIENTATION = 0x0112

Run = Callable[[object, object, int], object]
"""Protects a buffer (rows x columns x channels, EXIF orientation) into another one of the same shape."""


def protected(image, run: Run, *, orientation: int | None, tint_gray: bool):
    """A protected copy of an image, of its type."""
    pil, numpy = sys.modules.get("PIL.Image"), sys.modules.get("numpy")
    if pil and isinstance(image, pil.Image):
        return _image(pil, image, run, orientation, tint_gray)
    if numpy and isinstance(image, numpy.ndarray):
        return _array(numpy, image, run, orientation or 1, tint_gray)
    raise TypeError(f"a photo is a PIL image or a NumPy array, not {type(image).__name__}")


def _image(pil, image, run: Run, orientation: int | None, tint_gray: bool):
    if image.mode in ("L", "LA") and tint_gray:
        image = image.convert("RGB" if image.mode == "L" else "RGBA")
    channels = _CHANNELS.get(image.mode)
    if channels is None:
        raise of("UnsupportedFormat", f"the image's mode is {image.mode}; convert it to RGB or RGBA first")
    width, height = image.size
    if 0 in image.size:
        raise of("InvalidPixels", f"the image is {width} x {height} px; both sides must be at least 1")
    if orientation is None:
        stored = image.getexif().get(_ORIENTATION, 1)
        orientation = stored if stored in range(1, 9) else 1
    source, target = image.tobytes(), bytearray(width * height * channels)
    shape = (height, width, channels)
    run(memoryview(source).cast("B", shape), memoryview(target).cast("B", shape), orientation)
    safe = pil.frombytes(image.mode, image.size, bytes(target))
    safe.info = dict(image.info)
    return safe


def _array(numpy, array, run: Run, orientation: int, tint_gray: bool):
    if array.ndim == 4:
        photos = [_array(numpy, photo, run, orientation, tint_gray) for photo in array]
        return numpy.stack(photos) if photos else array.copy()
    if tint_gray:
        array = _in_colour(numpy, array)
    safe = numpy.empty_like(array)
    run(array, safe, orientation)
    return safe


def _in_colour(numpy, array):
    """Gray pixels as RGB, gray with alpha as RGBA; others as they are."""
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim == 3 and array.shape[-1] in (1, 2):
        gray, alpha = array[..., :1], array[..., 1:]
        return numpy.concatenate([gray, gray, gray, alpha], axis=-1)
    return array
