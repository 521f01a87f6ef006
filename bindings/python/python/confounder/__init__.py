"""Protects photos from being learned: a faint, bounded tint, in one forward pass, offline.

>>> import confounder
>>> safe = confounder.protect(photo)                      # a PIL image or a NumPy array; the same type comes back
>>> report = confounder.protect_file("in.jpg", "out.jpg")

Everything else is on :class:`Protector`: generators of one's own, engines, threads, bytes, reports.
"""

from ._errors import (
    CancelledError,
    ConfounderError,
    DamagedError,
    EncodeError,
    EngineError,
    FileError,
    GeneratorError,
    LimitError,
    OptionsError,
    PixelsError,
    RefusedError,
    UnsupportedError,
)
from ._native import HAS_GPU, new_personal_key
from ._options import FileOptions, Options
from ._protector import Protector, protect, protect_bytes, protect_file
from ._report import MetadataEntry, Report

__all__ = [
    "HAS_GPU",
    "CancelledError",
    "ConfounderError",
    "DamagedError",
    "EncodeError",
    "EngineError",
    "FileError",
    "FileOptions",
    "GeneratorError",
    "LimitError",
    "MetadataEntry",
    "Options",
    "OptionsError",
    "PixelsError",
    "Protector",
    "RefusedError",
    "Report",
    "UnsupportedError",
    "new_personal_key",
    "protect",
    "protect_bytes",
    "protect_file",
]
