"""The protector, and the functions that use one with the defaults."""

from __future__ import annotations

import functools
import os
from typing import Literal, Self, TypeVar, Unpack

from . import _images, _native, _report
from ._errors import of
from ._options import FileOptions, Options, check
from ._report import Report

Image = TypeVar("Image")
Path = str | os.PathLike[str]

_left_by_parents: list[_native.Protector] = []


class Protector:
    """Protects photos with one generator. Keep it: opening takes a while. Threads may share one; other processes get
    one of their own, by pickle or after a fork.

    ``generator``: bytes or path of a generator file (default: the bundled one); ``sha256``: the hash it must have;
    ``engine``: ``cpu`` (the same bytes on every call), ``auto`` or ``gpu``; ``threads``: default one per core that
    the process may use. In a pool of processes, 1 is best.

    Raises :class:`GeneratorError`, :class:`FileError`, :class:`OptionsError`.
    """

    def __init__(
        self,
        generator: bytes | Path | None = None,
        *,
        sha256: str | None = None,
        engine: Literal["cpu", "auto", "gpu"] = "cpu",
        threads: int | None = None,
    ) -> None:
        if isinstance(generator, str | os.PathLike):
            generator = _contents(generator)
        if sha256 is not None and generator is None:
            raise of("InvalidOptions", "sha256 is that of a generator file, but none is given")
        self._arguments = (generator, sha256, engine, threads)
        self._open()

    @classmethod
    def personal(
        cls, key: bytes, *, engine: Literal["cpu", "auto", "gpu"] = "cpu", threads: int | None = None
    ) -> Self:
        """One that gives every photo the pattern that ``key`` (16 to 1,024 bytes; :func:`new_personal_key` makes one)
        stands for, against models that are to tell whose photo it is. Keep the key as you keep a password: who knows it
        can take the pattern away. Pickles hold the pattern.

        Raises :class:`OptionsError`.
        """
        return cls(_native.personal_generator(key), engine=engine, threads=threads)

    def _open(self) -> None:
        generator, sha256, engine, threads = self._arguments
        threads = _cores() if threads is None else threads
        self._process = os.getpid()
        self._opened = _native.Protector(generator, sha256, engine, threads)

    @property
    def _native(self) -> _native.Protector:
        if self._process != os.getpid():
            # A fork has no threads but the one that forked: what the parent opened would wait for its own for ever.
            _left_by_parents.append(self._opened)
            self._open()
        return self._opened

    def __reduce__(self):
        return (_reopen, self._arguments)

    def __repr__(self) -> str:
        return f"Protector({self.name} {self.version}, engine={self.engine!r})"

    def protect(self, image: Image, *, orientation: int | None = None, **options: Unpack[Options]) -> Image:
        """A protected copy of a PIL image (RGB or RGBA; ``info`` and with it EXIF and profile are kept) or NumPy array
        (uint8 or uint16; height x width x 3 or 4, or a batch of those; any strides). Alpha stays as it is.

        ``orientation``: EXIF's, 1 to 8; default: what a PIL image says, else upright. The generator sees the photo
        upright; the pixels stay as they lie.

        Raises :class:`PixelsError`, :class:`UnsupportedError`, :class:`LimitError`, :class:`OptionsError`,
        :class:`EngineError`; ``TypeError`` for anything that is no image.
        """
        return self.protect_with_reports(image, orientation=orientation, **options)[0]

    def protect_with_reports(
        self, image: Image, *, orientation: int | None = None, **options: Unpack[Options]
    ) -> tuple[Image, list[Report]]:
        """As :meth:`protect`, with a report for each photo: one, or as many as a batch has."""
        given, reports = check(dict(options), files=False), []

        def run(source: object, target: object, turned: int) -> None:
            reports.append(_report.read(self._native.protect_pixels(source, target, turned, given)))

        tint_gray = bool(given.get("tint_gray", False))
        return _images.protected(image, run, orientation=orientation, tint_gray=tint_gray), reports

    def protect_buffer(self, pixels: object, *, orientation: int = 1, **options: Unpack[Options]) -> Report:
        """Protects pixels where they lie: any writable buffer, height x width (x channels), uint8 or uint16."""
        given = check(dict(options), files=False)
        return _report.read(self._native.protect_pixels(pixels, pixels, orientation, given))

    def protect_bytes(self, photo: bytes, **options: Unpack[FileOptions]) -> tuple[bytes, Report]:
        """Protects a JPEG, PNG, WebP, TIFF or JPEG XL file given as bytes; the format stays. HEIC and AVIF are read where
        the system's libheif (1.15 or newer) is installed, and become JPEGs.

        Raises any :class:`ConfounderError` but :class:`FileError` and :class:`PixelsError`.
        """
        safe, text = self._native.protect_bytes(photo, check(dict(options), files=True))
        return safe, _report.read(text)

    def protect_file(self, source: Path, target: Path, **options: Unpack[FileOptions]) -> Report:
        """Protects a photo file. The target appears whole or not at all; it may be the source. HEIC and AVIF become JPEGs,
        as in :meth:`protect_bytes`: name the target .jpg.

        Raises any :class:`ConfounderError` but :class:`PixelsError`.
        """
        return _report.read(self._native.protect_file(source, target, check(dict(options), files=True)))

    @property
    def name(self) -> str:
        """The generator's name."""
        return self._native.name

    @property
    def version(self) -> str:
        """The generator's version."""
        return self._native.version

    @property
    def epsilon(self) -> float:
        """The bound of the residual at strength 1, where samples are 0 to 1."""
        return self._native.epsilon

    @property
    def engine(self) -> str:
        """What would run the generator now: ``cpu`` or ``gpu``."""
        return self._native.engine


@functools.cache
def _default() -> Protector:
    return Protector()


def protect(image: Image, *, orientation: int | None = None, **options: Unpack[Options]) -> Image:
    """:meth:`Protector.protect` by the bundled generator."""
    return _default().protect(image, orientation=orientation, **options)


def protect_bytes(photo: bytes, **options: Unpack[FileOptions]) -> tuple[bytes, Report]:
    """:meth:`Protector.protect_bytes` by the bundled generator."""
    return _default().protect_bytes(photo, **options)


def protect_file(source: Path, target: Path, **options: Unpack[FileOptions]) -> Report:
    """:meth:`Protector.protect_file` by the bundled generator."""
    return _default().protect_file(source, target, **options)


def _reopen(generator: bytes | None, sha256: str | None, engine, threads: int | None) -> Protector:
    return Protector(generator, sha256=sha256, engine=engine, threads=threads)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Not on every system.
        return os.cpu_count() or 1


def _contents(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise of("Io", f"the generator cannot be read: {error}", error.errno) from error
