"""What Kornia 0.6.12, which APBench pins, makes of given images: `reference.json`, for the tests of UEraser's augmentation.

    pip install torch==2.1.0 'numpy<2' kornia==0.6.12
    python reference.py
"""

import json
from pathlib import Path

import torch
from kornia.augmentation.auto.trivial_augment import TrivialAugment
from kornia.contrib import diamond_square

torch.manual_seed(1)


def pseudo(shape, **_):
    """Numbers in 0..1 that depend on row, column and width alone."""
    rows, columns = torch.meshgrid(torch.arange(shape[-2]), torch.arange(shape[-1]), indexing="ij")
    numbers = (rows * 37 + columns * 61 + shape[-1] * 17) % 101
    return (numbers.double() / 101).expand(shape).clone()


def rounded(tensor):
    return [round(x, 5) for x in tensor.flatten().tolist()]


def operation(module, height, width):
    image = torch.round(torch.rand(1, 3, height, width) * 0.8 + 0.1, decimals=5)
    parameters = module.forward_parameters(image.shape)
    data = parameters[0].data
    magnitudes = [value for key, value in data.items()
                  if key in ("degrees", "bits_factor", "thresholds", "contrast_factor", "brightness_factor", "sharpness")]
    if not magnitudes:
        magnitudes = [value for key, value in data.items() if key[:-1] in ("shear_", "translate_") and value.item() != 0]
    name = type(next(iter(module.children()))).__name__
    return {
        "name": name,
        "size": [height, width],
        "magnitude": magnitudes[0].item() if magnitudes else 0,
        "before": rounded(image),
        "after": rounded(module(image, params=parameters)),
    }


trivial = TrivialAugment()
# Equalize needs more than 255 pixels to do anything.
sizes = {1: (18, 16)}
operations = [operation(module, *sizes.get(i, (6, 5))) for i, module in enumerate(trivial.children())]
plasma = [
    {"roughness": roughness, "size": [side, side],
     "map": rounded(diamond_square((1, 1, side, side), roughness, random_fn=pseudo, dtype=torch.double))}
    for roughness, side in [(0.3, 9), (0.7, 7)]
]
text = json.dumps({"operations": operations, "plasma": plasma})
Path(__file__).with_name("reference.json").write_text(text + "\n")
