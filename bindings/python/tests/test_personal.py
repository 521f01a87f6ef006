"""Personal mode: a key stands for a pattern, the same on all photos."""

import pickle

import confounder
import numpy
import pytest


def residual(protector: confounder.Protector, pixels: numpy.ndarray) -> numpy.ndarray:
    return protector.protect(pixels).astype(int) - pixels.astype(int)


def gray(level: int) -> numpy.ndarray:
    return numpy.full((64, 96, 3), level, numpy.uint8)


def test_a_key_gives_all_photos_one_pattern_and_another_key_another():
    mine, other = (confounder.Protector.personal(confounder.new_personal_key(), threads=1) for _ in range(2))
    dark, light = residual(mine, gray(90)), residual(mine, gray(160))
    assert numpy.abs(dark - light).max() <= 1, "but for rounding"
    assert numpy.corrcoef(dark.ravel(), residual(other, gray(90)).ravel())[0, 1] < 0.99


def test_no_key_gives_a_pattern_that_is_stronger_than_35_db_or_much_weaker():
    for number in range(40):
        protector = confounder.Protector.personal(bytes([number]) * 32, threads=1)
        psnr = protector.protect_with_reports(gray(90))[1][0].psnr_db
        assert 34.5 < psnr < 38.5, f"key {number}: a pattern whose peaks meet its bound is up to 3 dB weaker"


def test_the_same_key_gives_the_same_bytes_also_in_another_process(path):
    key = bytes(range(32))
    protector = confounder.Protector.personal(key, threads=1)
    again = pickle.loads(pickle.dumps(protector))
    photo = path.read_bytes()
    safe = [p.protect_bytes(photo)[0] for p in (protector, again, confounder.Protector.personal(key))]
    assert safe[0] == safe[1] == safe[2]


def test_keys_differ_and_short_ones_are_refused():
    assert confounder.new_personal_key() != confounder.new_personal_key()
    with pytest.raises(confounder.OptionsError, match="16 to 1024 bytes, not 15"):
        confounder.Protector.personal(bytes(15))
