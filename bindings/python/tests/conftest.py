"""Photos for the tests."""

from pathlib import Path

import numpy
import pytest
from PIL import Image

import confounder

FIXTURES = Path(__file__).resolve().parents[3] / "tests/fixtures"


@pytest.fixture(scope="session")
def path() -> Path:
    """A real photo with metadata."""
    return FIXTURES / "cyclamen_persicum.jpg"


@pytest.fixture(scope="session")
def photo(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


@pytest.fixture(scope="session")
def pixels(photo: Image.Image) -> numpy.ndarray:
    return numpy.asarray(photo)


@pytest.fixture(scope="session")
def protector() -> confounder.Protector:
    return confounder.Protector(threads=1)
