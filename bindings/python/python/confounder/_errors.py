"""What goes wrong. Every exception says why and what to do; none holds pixels or metadata."""

from __future__ import annotations


class ConfounderError(Exception):
    """The base of all: ``kind`` is the core's name of the failure (``"LimitExceeded"``), ``reason`` is for people."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason

    def __reduce__(self):
        # Exceptions come back from worker processes by pickle.
        return (type(self), (self.kind, self.reason))


class OptionsError(ConfounderError, ValueError):
    """An option is out of its range."""


class PixelsError(ConfounderError, ValueError):
    """Type, shape or size of the pixels are not those of a photo."""


class UnsupportedError(ConfounderError):
    """The format, or a variant of it, is not supported; gray photos, where the generator changes colour only."""


class DamagedError(ConfounderError):
    """The photo is damaged or cut short."""


class EncodeError(ConfounderError):
    """The protected photo could not be encoded."""


class LimitError(ConfounderError):
    """The photo or the generator is larger than the limits allow."""


class GeneratorError(ConfounderError):
    """The generator is damaged, breaks its contract, has another hash, or (``GeneratorTooNew``) needs a newer version."""


class EngineError(ConfounderError, RuntimeError):
    """The generator could not be run."""


class CancelledError(ConfounderError):
    """The call was cancelled."""


class RefusedError(ConfounderError):
    """Signed content credentials would become untrue (``ProtectedMetadata``), or the photo is ``AlreadyProtected``."""


class FileError(ConfounderError, OSError):
    """Reading or writing a file failed; ``errno`` is the system's number, if it gave one."""

    def __init__(self, kind: str, reason: str, number: int | None = None) -> None:
        super().__init__(kind, reason)
        self.errno = number

    def __reduce__(self):
        return (type(self), (self.kind, self.reason, self.errno))


_CLASSES: dict[str, type[ConfounderError]] = {
    "InvalidOptions": OptionsError,
    "InvalidPixels": PixelsError,
    "UnsupportedFormat": UnsupportedError,
    "Decode": DamagedError,
    "Encode": EncodeError,
    "LimitExceeded": LimitError,
    "GeneratorInvalid": GeneratorError,
    "GeneratorTooNew": GeneratorError,
    "Engine": EngineError,
    "Cancelled": CancelledError,
    "Io": FileError,
    "ProtectedMetadata": RefusedError,
    "AlreadyProtected": RefusedError,
}


def of(kind: str, reason: str, number: int | None = None) -> ConfounderError:
    """The exception of a kind; the native part calls this."""
    if kind == "Io":
        return FileError(kind, reason, number)
    return _CLASSES.get(kind, ConfounderError)(kind, reason)
