"""What Pillow makes of given images by the operations of searched policies: `reference.json`, for their tests.

    pip install pillow==13.0.0
    python reference.py
"""

import json
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

random.seed(1)
HEIGHT, WIDTH = 7, 8


def photo():
    """Smooth, with noise, within a part of the range."""
    low, high = sorted(random.sample(range(256), 2))
    value = lambda x, y: low + (high - low) * (0.6 * (x + y) / (HEIGHT + WIDTH) + 0.4 * random.random())
    pixels = [tuple(int(value(x, y)) for _ in range(3)) for y in range(HEIGHT) for x in range(WIDTH)]
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata(pixels)
    return image


def affine(*matrix):
    return lambda image: image.transform(image.size, Image.Transform.AFFINE, matrix)


def cutout(v, centre):
    def apply(image):
        y, x = (int(max(0, c - v / 2)) for c in centre)
        corners = (x, y, min(WIDTH, x + v), min(HEIGHT, y + v))
        image = image.copy()
        ImageDraw.Draw(image).rectangle(corners, (125, 123, 114))
        return image
    return apply


def planar(image):
    return [sample for band in image.split() for sample in band.tobytes()]


def cases():
    between = lambda low, high: round(random.uniform(low, high), 5)
    for _ in range(4):
        v = between(-0.3, 0.3)
        yield "ShearX", [v], affine(1, v, 0, 0, 1, 0)
        yield "ShearY", [v], affine(1, 0, 0, v, 1, 0)
        v = between(-0.45 * WIDTH, 0.45 * WIDTH)
        yield "TranslateX", [v], affine(1, 0, v, 0, 1, 0)
        yield "TranslateY", [v], affine(1, 0, 0, 0, 1, v)
        v = between(-30, 30)
        yield "Rotate", [v], lambda image, v=v: image.rotate(v)
        yield "AutoContrast", [], ImageOps.autocontrast
        yield "Invert", [], ImageOps.invert
        yield "Equalize", [], ImageOps.equalize
        v = random.randint(0, 256)
        yield "Solarize", [v], lambda image, v=v: ImageOps.solarize(image, v)
        v = random.randint(1, 8)
        yield "Posterize", [v], lambda image, v=v: ImageOps.posterize(image, v)
        for name in ("Contrast", "Color", "Brightness", "Sharpness"):
            v = between(0.1, 1.9)
            yield name, [v], lambda image, v=v, name=name: getattr(ImageEnhance, name)(image).enhance(v)
        v, centre = between(0, 0.4 * WIDTH), [between(0, HEIGHT), between(0, WIDTH)]
        yield "Cutout", [v, *centre], cutout(v, centre)


def applied(name, magnitudes, operation):
    before = photo()
    return {"name": name, "magnitudes": magnitudes, "before": planar(before), "after": planar(operation(before))}


reference = {"size": [HEIGHT, WIDTH], "operations": [applied(*case) for case in cases()]}
Path(__file__).with_name("reference.json").write_text(json.dumps(reference, separators=(",", ":")) + "\n")
