"""What is wrong is told by type, kind and reason."""

import errno
import pickle

import confounder
import numpy
import pytest
from confounder import _errors, _native
from PIL import Image


def test_every_kind_of_the_core_has_a_class():
    kinds = _native.error_kinds()
    assert sorted(kinds) == sorted(_errors._CLASSES)
    for kind in kinds:
        error = _errors.of(kind, "why")
        assert type(error) is not confounder.ConfounderError and isinstance(error, confounder.ConfounderError)
        assert (error.kind, error.reason, str(error)) == (kind, "why", "why")
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.kind, again.reason) == (type(error), kind, "why")


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64, numpy.int8, numpy.int32, bool, ">u2"])
def test_other_samples(protector, pixels, dtype):
    with pytest.raises(confounder.PixelsError, match="uint8 or both uint16") as caught:
        protector.protect(pixels.astype(dtype))
    assert isinstance(caught.value, ValueError) and caught.value.kind == "InvalidPixels"


@pytest.mark.parametrize("shape", [(), (8,), (0, 8, 3), (8, 0, 3), (8, 8, 5), (2, 8, 8, 9), (1, 2, 8, 8, 3)])
def test_other_shapes(protector, shape):
    with pytest.raises(confounder.PixelsError):
        protector.protect(numpy.zeros(shape, numpy.uint8))


def test_what_cannot_be_written(protector, pixels):
    fixed = pixels.copy()
    fixed.flags.writeable = False
    with pytest.raises(confounder.PixelsError, match="cannot be written"):
        protector.protect_buffer(fixed)
    with pytest.raises(confounder.PixelsError, match="cannot be written"):
        protector.protect_buffer(pixels.tobytes())


@pytest.mark.parametrize("given", ["photo.jpg", b"photo", None, 7, [[1, 2, 3]]])
def test_what_is_no_image(protector, given):
    with pytest.raises(TypeError, match="PIL image or a NumPy array"):
        protector.protect(given)


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "I", "F", "YCbCr", "HSV"])
def test_other_modes(protector, mode):
    with pytest.raises(confounder.UnsupportedError, match=f"mode is {mode}"):
        protector.protect(Image.new(mode, (8, 8)))


def test_an_empty_image(protector):
    with pytest.raises(confounder.PixelsError, match="at least 1"):
        protector.protect(Image.new("RGB", (0, 8)))


@pytest.mark.parametrize("options", [
    {"strength": 1.6}, {"strength": float("nan")}, {"strength": -0.1}, {"orientation": 9},
])  # fmt: skip
def test_options_out_of_range(protector, pixels, options):
    with pytest.raises(confounder.OptionsError) as caught:
        protector.protect(pixels, **options)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("options", [{"strenght": 1}, {"metadata": "strip"}, {"strength": "much"}])
def test_options_that_pixels_do_not_have(protector, pixels, options):
    with pytest.raises(TypeError):
        protector.protect(pixels, **options)


@pytest.mark.parametrize("options", [
    {"metadata": "all"}, {"jpeg": "fast"}, {"quality": 0}, {"quality": 90, "jpeg": "coefficients"},
])  # fmt: skip
def test_options_of_files_out_of_range(protector, path, options):
    with pytest.raises(confounder.OptionsError):
        protector.protect_bytes(path.read_bytes(), **options)


def test_limits(protector, pixels):
    with pytest.raises(confounder.LimitError, match="limit of 100"):
        protector.protect(pixels, max_pixels=100)


def test_files_that_are_missing_or_damaged(protector, path, tmp_path):
    with pytest.raises(confounder.FileError) as caught:
        protector.protect_file(tmp_path / "none.jpg", tmp_path / "out.jpg")
    assert caught.value.errno == errno.ENOENT and isinstance(caught.value, OSError)
    assert pickle.loads(pickle.dumps(caught.value)).errno == errno.ENOENT
    with pytest.raises(confounder.UnsupportedError):
        protector.protect_bytes(b"no photo at all, but long enough to be looked at")
    with pytest.raises(confounder.DamagedError):
        protector.protect_bytes(path.read_bytes()[:2000])
    assert list(tmp_path.iterdir()) == []


def test_generators(tmp_path):
    with pytest.raises(confounder.GeneratorError) as caught:
        confounder.Protector(b"no generator")
    assert caught.value.kind == "GeneratorInvalid"
    with pytest.raises(confounder.FileError) as caught:
        confounder.Protector(tmp_path / "none.onnx")
    assert caught.value.errno == errno.ENOENT
    for wrong in ({"engine": "tpu"}, {"threads": 0}, {"threads": 5000}, {"sha256": "0" * 64}):
        with pytest.raises(confounder.OptionsError):
            confounder.Protector(**wrong)
