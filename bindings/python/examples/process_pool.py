"""Protects a folder of photos with one process per core.

python process_pool.py PHOTOS OUT [--jobs N] [--metadata keep|private|strip]

Each process opens the generator once and runs it on one thread, which uses a machine fully whatever the sizes of the
photos. A photo that cannot be protected is named and left out; the others are done.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import confounder

protector: confounder.Protector


def start() -> None:
    global protector
    protector = confounder.Protector(threads=1)


def protect(job: tuple[Path, Path, str]) -> str | None:
    source, target, metadata = job
    try:
        protector.protect_file(source, target, metadata=metadata)
    except confounder.ConfounderError as error:
        return f"{source.name}: {error}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--metadata", choices=["keep", "private", "strip"], default="keep")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    jobs = [(p, given.out / p.name, given.metadata) for p in sorted(given.photos.iterdir()) if p.is_file()]
    with ProcessPoolExecutor(given.jobs, initializer=start) as pool:
        failures = [failure for failure in pool.map(protect, jobs, chunksize=4) if failure]
    print(*failures, f"{len(jobs) - len(failures)} protected, {len(failures)} failed", sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
