"""Protects a data set on a Ray cluster, with Ray Data.

python ray_data.py PHOTOS OUT [--as pixels|files] [--batch N]

`pixels` decodes the photos and writes PNG: for training sets. `files` keeps each file's format and metadata, and does not
compress JPEGs again: for archives. PHOTOS and OUT are anything that Ray reads and writes: a folder that all machines see,
s3://..., gs://...; `files` writes to a folder. Without RAY_ADDRESS a cluster is started on this machine.

The package must be on every machine, e.g. by ray.init(runtime_env={"pip": ["confounder"]}).
"""

import argparse
from pathlib import Path

import confounder
import ray


class ProtectPixels:
    """One per worker: opens the generator once."""

    def __init__(self) -> None:
        self.protector = confounder.Protector(threads=1)

    def __call__(self, batch: dict) -> dict:
        # One array where all photos of the batch are of one size, else an array of arrays.
        batch["image"] = [self.protector.protect(image) for image in batch["image"]]
        return batch


class ProtectFiles:
    """As ProtectPixels, for whole files."""

    def __init__(self, out: Path) -> None:
        self.protector, self.out = confounder.Protector(threads=1), out

    def __call__(self, batch: dict) -> dict:
        notes = []
        for path, data in zip(batch["path"], batch["bytes"]):
            try:
                safe, report = self.protector.protect_bytes(data)
                (self.out / Path(path).name).write_bytes(safe)
                notes.append(f"{report.psnr_db:.1f} dB")
            except confounder.ConfounderError as error:
                notes.append(f"{error.kind}: {error}")
        return {"path": batch["path"], "note": notes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos")
    parser.add_argument("out")
    parser.add_argument("--as", dest="way", choices=["pixels", "files"], default="pixels")
    parser.add_argument("--batch", type=int, default=32)
    given = parser.parse_args()
    workers = ray.data.ActorPoolStrategy(min_size=1, max_size=max(1, int(cores()) - 1))
    if given.way == "pixels":
        photos = ray.data.read_images(given.photos, mode="RGB")
        safe = photos.map_batches(ProtectPixels, batch_size=given.batch, compute=workers, num_cpus=1)
        safe.write_images(given.out, column="image")
        return
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    photos = ray.data.read_binary_files(given.photos, include_paths=True)
    how = {"batch_size": given.batch, "compute": workers, "num_cpus": 1}
    for row in photos.map_batches(ProtectFiles, fn_constructor_args=(out.absolute(),), **how).iter_rows():
        print(row["path"], row["note"])


def cores() -> float:
    ray.init(ignore_reinit_error=True)
    return ray.cluster_resources()["CPU"]


if __name__ == "__main__":
    main()
