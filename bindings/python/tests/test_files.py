"""Files: formats, metadata, generators of one's own, engines, the README."""

import hashlib
import io
import re
from pathlib import Path

import confounder
import numpy
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
GENERATOR = ROOT / "core/models/generator.onnx"


def test_a_jpeg_keeps_its_size_and_gets_no_second_compression(protector, path, tmp_path):
    target = tmp_path / "safe.jpg"
    report = protector.protect_file(path, target)
    before, after = Image.open(path), Image.open(target)
    assert (after.format, after.size, after.mode) == ("JPEG", before.size, before.mode)
    assert after.quantization == before.quantization
    assert report.jpeg == "coefficients" and report.psnr_db > 30
    assert set(report.timings_ms) == {"decode", "grid", "generator", "blend", "encode"}
    with pytest.raises(confounder.RefusedError) as caught:
        protector.protect_file(target, tmp_path / "twice.jpg")
    assert caught.value.kind == "AlreadyProtected"
    protector.protect_file(target, tmp_path / "twice.jpg", repeat=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["safe.jpg", "twice.jpg"]


def test_metadata_goes_or_stays_as_told(protector, photo):
    exif = Image.Exif()
    exif[0x010F] = "Maker of the camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    file = io.BytesIO()
    photo.save(file, "JPEG", exif=exif, comment=b"a word")

    def kept(policy: str) -> tuple[bool, bool, bool]:
        safe, report = protector.protect_bytes(file.getvalue(), metadata=policy)
        image = Image.open(io.BytesIO(safe))
        assert {entry.action for entry in report.metadata} <= {"kept", "rewritten", "removed", "added"}
        return 0x010F in image.getexif(), bool(image.getexif().get_ifd(0x8825)), "comment" in image.info

    assert kept("keep") == (True, True, True)
    assert kept("private") == (True, False, False)
    assert kept("strip") == (False, False, False)


def test_the_owner_can_say_that_the_photo_may_not_be_mined(protector, path):
    data, report = protector.protect_bytes(path.read_bytes(), data_mining="DMI-PROHIBITED")
    assert b"http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED\"" in data
    assert any(entry.name == "data mining (PLUS)" and entry.action == "added" for entry in report.metadata)
    with pytest.raises(confounder.OptionsError, match="DMI-PERHAPS"):
        protector.protect_bytes(path.read_bytes(), data_mining="DMI-PERHAPS")


def test_a_png_has_the_pixels_that_an_array_gets(protector, pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    safe, report = protector.protect_bytes(file.getvalue())
    assert (numpy.asarray(Image.open(io.BytesIO(safe))) == protector.protect(pixels)).all()
    assert report.jpeg is None and report.timings_ms["encode"] > 0


def test_a_generator_by_path_bytes_and_hash(protector, pixels):
    data = GENERATOR.read_bytes()
    expected = protector.protect(pixels)
    digest = hashlib.sha256(data).hexdigest()
    for opened in (confounder.Protector(GENERATOR), confounder.Protector(data, sha256=digest)):
        assert (opened.name, opened.version) == (protector.name, protector.version)
        assert (opened.protect(pixels) == expected).all()
    with pytest.raises(confounder.GeneratorError):
        confounder.Protector(data, sha256="0" * 64)


def test_engines(pixels, protector):
    auto = confounder.Protector(engine="auto")
    assert auto.engine in ("cpu", "gpu")
    most = numpy.abs(auto.protect(pixels).astype(int) - protector.protect(pixels)).max()
    assert most <= 1
    if not confounder.HAS_GPU:
        with pytest.raises(confounder.OptionsError, match="feature gpu"):
            confounder.Protector(engine="gpu")
    else:
        _, [report] = confounder.Protector(engine="gpu").protect_with_reports(pixels)
        assert report.engine == "gpu" or report.notes, "where no GPU answered, the report says why"


def test_the_readme_runs(photo, path, tmp_path, monkeypatch):
    app = (ROOT / "README.md").read_text().split("## In an app")[1]
    code = re.search(r"```python\n(.*?)```", app, re.S)[1]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(path.read_bytes())
    names = {"photo": photo}
    exec(code, names)
    assert len(code.splitlines()) == 3
    assert names["safe"].size == photo.size and names["safe"].tobytes() != photo.tobytes()
    assert names["report"].psnr_db > 30 and (tmp_path / "safe.jpg").exists()
