"""HEIC and AVIF by the system's libheif; skipped where there is none."""

import ctypes.util
import pathlib

import pytest

import confounder

FIXTURES = pathlib.Path(__file__).parents[2] / "heif/tests/fixtures"

needs_libheif = pytest.mark.skipif(ctypes.util.find_library("heif") is None, reason="libheif is not on this machine")


@needs_libheif
@pytest.mark.parametrize(("name", "format"), [("turned.heic", "HEIC"), ("plain.avif", "AVIF")])
def test_heic_and_avif_become_jpegs(name, format, tmp_path):
    photo = FIXTURES / name
    safe, report = confounder.protect_bytes(photo.read_bytes())
    assert safe.startswith(b"\xff\xd8") and b"HEIC test" in safe
    assert report.notes[0] == f"{format} in, JPEG out"
    confounder.protect_file(photo, tmp_path / "safe.jpg")
    assert (tmp_path / "safe.jpg").read_bytes() == safe


@needs_libheif
def test_damage_is_an_error(tmp_path):
    photo = (FIXTURES / "turned.heic").read_bytes()
    with pytest.raises(confounder.ConfounderError):
        confounder.protect_bytes(photo[: len(photo) // 2])
