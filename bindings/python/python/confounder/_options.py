"""What a caller may choose."""

from __future__ import annotations

from typing import Literal, TypedDict


class Options(TypedDict, total=False):
    """How pixels are protected. Any may be left out."""

    strength: float
    """How much of the residual is added: 0 to 1.5, default 1. No sample changes by more than
    ``ceil(255 * epsilon * strength)``."""
    tint_gray: bool
    """Whether a gray photo may become a colour photo (default: it is refused, as the residual is colour)."""
    max_pixels: int
    """Most pixels in a photo; default 250 million, as far as memory allows."""


class FileOptions(Options, total=False):
    """How a file is protected. Any may be left out."""

    metadata: Literal["keep", "private", "strip"]
    """``keep`` (default) all; ``private`` drops place, people and serial numbers; ``strip`` all but orientation and
    colour profile. Thumbnails and whatever else shows the unprotected photo always go."""
    remove_credentials: bool
    """Whether signed content credentials (C2PA) are removed; default: such a photo is refused."""
    quality: int
    """1 to 100: JPEGs are compressed anew at this quality. Default: as they are."""
    jpeg: Literal["auto", "coefficients", "pixels"]
    """Whether JPEGs are changed in their coefficients (no second compression) or decoded and encoded again."""
    repeat: bool
    """Whether a photo that says that it was protected is protected again; default: refused."""
    data_mining: str
    """What the owner says about data mining, written into the file's metadata as ``plus:DataMining``: a term of the PLUS
    vocabulary, such as ``DMI-PROHIBITED-AIMLTRAINING``. Default: nothing. A file's own stronger term stays."""


_PIXELS = frozenset({"strength", "tint_gray", "max_pixels"})
_FILES = _PIXELS | {"metadata", "remove_credentials", "quality", "jpeg", "repeat", "data_mining"}


def check(options: dict, files: bool) -> dict:
    """The options, with the strength, where all are known.

    Raises ``TypeError`` for an unknown one, as a call with an unknown keyword does.
    """
    known = _FILES if files else _PIXELS
    if unknown := sorted(options.keys() - known):
        raise TypeError(f"unknown options {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return {"strength": 1.0, **options}
