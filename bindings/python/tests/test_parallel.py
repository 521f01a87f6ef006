"""Threads, processes, a cluster: the same pixels everywhere, and nobody waits for nobody."""

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import confounder
import numpy
import pytest
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_threads_share_a_protector(protector, pixels):
    parts = [pixels[i : i + 120, i : i + 160] for i in range(0, 64, 4)]
    alone = [protector.protect(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(protector.protect, parts))
    assert all((a == b).all() for a, b in zip(alone, together))


def test_the_same_bytes_on_any_number_of_threads(protector, pixels):
    for threads in (2, 3, None):
        assert (confounder.Protector(threads=threads).protect(pixels) == protector.protect(pixels)).all()


def test_other_threads_run_meanwhile(protector, pixels):
    """Holding Python's lock for the whole call would leave no turn for the counting thread within it."""
    large = numpy.tile(pixels, (6, 6, 1))
    turns, done = [], threading.Event()

    def count() -> None:
        while not done.is_set():
            turns.append(time.perf_counter())
            time.sleep(0.0005)

    counter = threading.Thread(target=count)
    counter.start()
    handle, target = protector._native, numpy.empty_like(large)
    start = time.perf_counter()
    handle.protect_pixels(large, target, 1, {"strength": 1.0})
    end = time.perf_counter()
    done.set()
    counter.join()
    # Copies in and out hold the lock; what lies in the middle of the call must not.
    middle = [t for t in turns if start + 0.3 * (end - start) < t < start + 0.7 * (end - start)]
    assert middle, f"no turn in the middle of {end - start:.3f} s"


def _in_a_process(given: tuple[confounder.Protector, numpy.ndarray]) -> tuple[int, numpy.ndarray]:
    protector, part = given
    return os.getpid(), protector.protect(part)


@pytest.mark.parametrize("method", sorted({"fork", "spawn"} & set(multiprocessing.get_all_start_methods())))
def test_processes_get_a_protector_of_their_own(pixels, method):
    protector = confounder.Protector(threads=2)
    part = pixels[:200, :200]
    expected = protector.protect(part)  # Its threads run before the fork.
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        for process, safe in pool.map(_in_a_process, [(protector, part)] * 4, timeout=120):
            assert process != os.getpid() and (safe == expected).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_does_not_wait_for_its_parent_s_threads(pixels):
    protector = confounder.Protector(threads=2)
    expected = protector.protect(pixels[:64, :64])
    child = os.fork()
    if child == 0:
        same = (protector.protect(pixels[:64, :64]) == expected).all()
        os._exit(0 if same else 1)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("the forked process hangs")


def test_a_protector_can_be_pickled(pixels):
    protector = confounder.Protector(threads=1, engine="auto")
    again = pickle.loads(pickle.dumps(protector))
    assert again.name == protector.name and again._arguments == protector._arguments


def photos(folder: Path, pixels: numpy.ndarray) -> None:
    folder.mkdir()
    for i in range(6):
        part = pixels[8 * i : 8 * i + 120, 8 * i : 8 * i + 160]
        Image.fromarray(part).save(folder / f"{i}.{'png' if i % 2 else 'jpg'}")


def test_the_example_of_a_pool_of_processes(pixels, tmp_path):
    photos(tmp_path / "in", pixels)
    (tmp_path / "in/broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    command = [sys.executable, EXAMPLES / "process_pool.py", tmp_path / "in", tmp_path / "out", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "broken.jpg" in done.stdout, done.stdout + done.stderr
    assert "6 protected, 1 failed" in done.stdout
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        f"{i}.{'png' if i % 2 else 'jpg'}" for i in range(6)
    ]


@pytest.mark.parametrize("way", ["pixels", "files"])
def test_the_example_of_ray(protector, pixels, tmp_path, way):
    pytest.importorskip("ray", reason="Ray is not installed")
    pytest.importorskip("pyarrow", reason="Ray Data's needs are not installed")
    photos(tmp_path / "in", pixels)
    command = [sys.executable, EXAMPLES / "ray_data.py", tmp_path / "in", tmp_path / "out", "--as", way, "--batch", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    made = sorted((tmp_path / "out").iterdir())
    assert len(made) == 6, done.stdout
    if way == "files":
        for path in made:
            assert path.read_bytes() == protector.protect_bytes((tmp_path / "in" / path.name).read_bytes())[0]
    else:
        before = [numpy.asarray(Image.open(p)) for p in sorted((tmp_path / "in").iterdir())]
        expected = {protector.protect(b).tobytes() for b in before}
        assert {numpy.asarray(Image.open(p)).tobytes() for p in made} == expected
