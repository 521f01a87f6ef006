"""What happened to a photo."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetadataEntry:
    """One piece of metadata, its size in bytes, and what became of it."""

    name: str
    bytes: int
    action: str
    """``kept``, ``rewritten``, ``removed`` or ``added``."""
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one call did to one photo."""

    width: int
    height: int
    grid: tuple[int, int]
    """Width and height of the working grid that the generator saw."""
    engine: str
    """``cpu`` or ``gpu``."""
    timings_ms: dict[str, float | None]
    """Milliseconds of ``decode``, ``grid``, ``generator``, ``blend``, ``encode``; ``None`` where there was none."""
    psnr_db: float | None
    """Peak signal-to-noise ratio against the original in dB; ``None`` where nothing changed."""
    jpeg: str | None
    """``coefficients`` or ``pixels``; ``None`` for other formats."""
    metadata: tuple[MetadataEntry, ...]
    notes: tuple[str, ...]
    """What else one should know, in words."""


def read(text: str) -> Report:
    """The report that the native part gives as JSON."""
    fields = json.loads(text)
    fields["grid"] = tuple(fields["grid"])
    fields["metadata"] = tuple(MetadataEntry(**entry) for entry in fields["metadata"])
    fields["notes"] = tuple(fields["notes"])
    return Report(**fields)
