"""PIL images and arrays: the same type comes back, and the bound holds."""

import math

import confounder
import numpy
import pytest
from PIL import Image


def bound(protector: confounder.Protector, strength: float, peak: int = 255) -> int:
    return math.ceil(protector.epsilon * strength * peak)


def change(before, after) -> int:
    return int(numpy.abs(numpy.asarray(before).astype(int) - numpy.asarray(after).astype(int)).max())


@pytest.mark.parametrize("strength", [0.25, 1.0, 1.5])
def test_an_array_changes_within_the_bound(protector, pixels, strength):
    safe = protector.protect(pixels, strength=strength)
    assert type(safe) is numpy.ndarray and safe.dtype == pixels.dtype and safe.shape == pixels.shape
    assert 0 < change(pixels, safe) <= bound(protector, strength)


def test_strength_0_changes_nothing(protector, pixels):
    safe, [report] = protector.protect_with_reports(pixels, strength=0)
    assert (safe == pixels).all() and report.psnr_db is None


def test_16_bits_change_within_the_bound(protector, pixels):
    deep = pixels.astype(numpy.uint16) * 257
    safe = protector.protect(deep)
    assert safe.dtype == numpy.uint16
    assert 257 < change(deep, safe) <= bound(protector, 1.0, 65535)


def test_an_image_comes_back_as_an_image_with_the_same_pixels_as_an_array(protector, photo, pixels):
    before = photo.tobytes()
    safe, [report] = protector.protect_with_reports(photo)
    assert isinstance(safe, Image.Image) and (safe.mode, safe.size) == ("RGB", photo.size)
    assert (numpy.asarray(safe) == protector.protect(pixels)).all()
    assert photo.tobytes() == before, "the given image is not changed"
    assert (report.width, report.height) == photo.size and report.engine == "cpu" and report.psnr_db > 30


def test_alpha_stays(protector, pixels):
    alpha = numpy.random.default_rng(1).integers(0, 256, pixels.shape[:2] + (1,), numpy.uint8)
    given = numpy.concatenate([pixels, alpha], axis=2)
    for safe in (protector.protect(given), numpy.asarray(protector.protect(Image.fromarray(given)))):
        assert (safe[..., 3] == given[..., 3]).all()
        hidden = given[..., 3] == 0
        assert hidden.any() and (safe[hidden] == given[hidden]).all(), "nor does colour that nobody sees change"
        assert 0 < change(given, safe) <= bound(protector, 1.0)


@pytest.mark.parametrize("view", [
    lambda a: a[::2, ::3],
    lambda a: a[::-1, ::-1],
    lambda a: a.transpose(1, 0, 2),
    lambda a: a[..., ::-1],
    numpy.asfortranarray,
])  # fmt: skip
def test_any_strides_will_do(protector, pixels, view):
    seen = view(pixels)
    safe = protector.protect(seen)
    assert (safe == protector.protect(numpy.ascontiguousarray(seen))).all()
    assert change(seen, safe) > 0


def test_a_batch_is_protected_photo_by_photo(protector, pixels):
    batch = numpy.stack([pixels[:96, :128], pixels[-96:, -128:]])
    safe, reports = protector.protect_with_reports(batch)
    assert len(reports) == 2
    for one, alone in zip(safe, batch):
        assert (one == protector.protect(alone)).all()


def test_in_place_in_any_writable_buffer(protector, pixels):
    safe, given = protector.protect(pixels), pixels.copy()
    report = protector.protect_buffer(given)
    assert (given == safe).all() and report.psnr_db > 30
    raw = bytearray(pixels.tobytes())
    protector.protect_buffer(memoryview(raw).cast("B", pixels.shape))
    assert raw == safe.tobytes()


def test_gray_is_refused_unless_it_may_be_tinted(protector, photo):
    gray = photo.convert("L")
    for given in (gray, numpy.asarray(gray), numpy.asarray(gray)[..., None]):
        with pytest.raises(confounder.UnsupportedError, match="gray") as caught:
            protector.protect(given)
        assert caught.value.kind == "UnsupportedFormat"
    safe = protector.protect(gray, tint_gray=True)
    assert safe.mode == "RGB" and 0 < change(gray.convert("RGB"), safe) <= bound(protector, 1.0)
    assert (protector.protect(numpy.asarray(gray), tint_gray=True) == numpy.asarray(safe)).all()
    with_alpha = protector.protect(photo.convert("LA"), tint_gray=True)
    assert with_alpha.mode == "RGBA" and (numpy.asarray(with_alpha)[..., :3] == numpy.asarray(safe)).all()


def test_an_image_says_how_it_is_turned(protector, photo, pixels):
    turned = photo.transpose(Image.Transpose.ROTATE_90)
    upright = protector.protect(turned)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.info["exif"] = exif.tobytes()
    safe = protector.protect(turned)
    assert safe.getexif()[0x0112] == 6 and safe.size == turned.size
    assert safe.tobytes() == protector.protect(turned, orientation=6).tobytes() != upright.tobytes()
    back = numpy.asarray(safe.transpose(Image.Transpose.ROTATE_270))
    assert change(back, protector.protect(pixels)) <= 1, "the generator saw the same photo"
