"""Runs the cells of the paper's tables on a Ray cluster, and writes the report.

python ray_cells.py table1 fig2 --scale small --data DATA --cells CELLS --out OUT [--shards N] [--cores 1]

Each shard is a Ray task that runs `confounder-trainer reproduce ... --shard i/n` in a folder of its own and sends home the
results, which are merged into CELLS as they come. What CELLS has already is not run again, so the same command goes on
where it was stopped. The trainer (--trainer, default: in the search path) and DATA must be on every machine. Without
RAY_ADDRESS a cluster is started on this machine.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import ray


def results(folder: Path, images: bool) -> dict[str, bytes]:
    """The files of finished cells, and protected images where they are shown; checkpoints stay where they were made."""
    kinds = [[".json"]] + [[".pixels"], [".system", ".json"]] * images
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffixes in kinds}


def merge(files: dict[str, bytes], folder: Path) -> int:
    """Writes what is not there yet, whole or not at all. How many that were."""
    new = [name for name in files if not (folder / name).exists()]
    for name in new:
        part = folder / f".{name}.part"
        part.write_bytes(files[name])
        part.rename(folder / name)
    return len(new)


@ray.remote
def shard(
    command: list[str], index: int, of: int, finished: dict[str, bytes], images: bool
) -> tuple[dict[str, bytes], str]:
    """Runs one shard. The results, and what went wrong if anything did: cells that were finished before count."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        merge(finished, folder)
        done = subprocess.run([*command, "--cells", made, "--shard", f"{index}/{of}"], capture_output=True, text=True)
        new = {name: data for name, data in results(folder, images).items() if name not in finished}
        return new, "" if done.returncode == 0 else done.stderr[-2000:] or f"ended with {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiments", nargs="+")
    parser.add_argument("--scale", default="small")
    for folder in ("data", "cells", "out"):
        parser.add_argument(f"--{folder}", type=Path, required=True)
    parser.add_argument("--shards", type=int, help="default: one for so many cores as --cores says")
    parser.add_argument("--cores", type=int, default=1, help="of a shard; each runs a cell")
    parser.add_argument("--trainer", default="confounder-trainer")
    given = parser.parse_args()
    given.cells.mkdir(parents=True, exist_ok=True)
    ray.init()
    command = [
        given.trainer,
        "reproduce",
        *given.experiments,
        "--scale",
        given.scale,
        "--data",
        str(given.data.absolute()),
    ]
    of = given.shards or max(1, int(ray.cluster_resources()["CPU"]) // given.cores)
    images = "fig6" in given.experiments
    finished = ray.put(results(given.cells, images))
    run = shard.options(num_cpus=given.cores)
    tasks = {
        run.remote([*command, "--workers", str(given.cores)], index, of, finished, images): index
        for index in range(1, of + 1)
    }
    failures = 0
    while tasks:
        [ready], _ = ray.wait(list(tasks))
        index = tasks.pop(ready)
        files, failure = ray.get(ready)
        print(f"shard {index}/{of}: {merge(files, given.cells)} new files {failure}", flush=True)
        failures += bool(failure)
    report = subprocess.run([*command, "--cells", given.cells, "--out", given.out, "--report-only"])
    return 1 if failures else report.returncode


if __name__ == "__main__":
    sys.exit(main())
