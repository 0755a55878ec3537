"""Several processes against one, streaming against memory, and what larger machines would do: calculated.

    python -m benchmarks.scale            # measures here, then calculates
    python -m benchmarks.scale calculate  # calculates only

Ratios are of the seconds that a run itself counts, and the least of three runs each.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

STATE = 12  # bytes a parameter: itself, its gradient and its velocity in float32
GPU, MEMORY = 4e14, 80e9  # multiplications and additions a second that a step reaches, bytes
NEAR, FAR = 4.5e11, 5e10  # bytes a second between GPUs: within a machine of eight, and between machines
CATS = sum(n * (n_prev + 1) for n_prev, n in zip((12288, 20, 7, 5), (20, 7, 5, 1), strict=True))


def message(parameters: float, gpus: int) -> float:
    """Return the bytes that a GPU sends, and receives, when gradients in float32 are added up in a ring."""
    return 2 * (gpus - 1) / gpus * parameters * 4


def seconds(parameters: float, gpus: int, examples: int) -> tuple[float, float]:
    """Return the seconds of a step's arithmetic on so many examples a GPU, and those of its message."""
    return 6 * parameters * examples / GPU, message(parameters, gpus) / (NEAR if gpus <= 8 else FAR)


def worth(gpus: int) -> float:
    """Return the examples a GPU at which the arithmetic takes as long as the message; no size of a network matters."""
    return message(1.0, gpus) / (NEAR if gpus <= 8 else FAR) * GPU / 6


def calculate() -> None:
    """Print the table of docs/scale.md."""
    print("| parameters | state | 2 GPUs | 8 GPUs | 64 GPUs | 1024 GPUs |\n|---|---|---|---|---|---|")
    for parameters in (CATS, 1e6, 1e7, 1e8, 1e9, 1e10):
        sent = (f"{message(parameters, gpus) / 1e6:.3g} MB" for gpus in (2, 8, 64, 1024))
        print(f"| {parameters:.3g} | {parameters * STATE / 1e9:.3g} GB | {' | '.join(sent)} |")
    print("\n| GPUs | examples a GPU at which arithmetic and message take as long |\n|---|---|")
    for gpus in (2, 8, 64, 1024):
        print(f"| {gpus} | {worth(gpus):.0f} |")
    print(f"\nA GPU of {MEMORY / 1e9:.0f} GB holds the state of {MEMORY / STATE:.2g} parameters.")


def measure() -> None:
    """Print how long the same runs take with one to four processes, and from a file that is streamed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "pictures.h5"
        rng = np.random.default_rng(0)
        with h5py.File(file, "w") as h5:
            pictures = rng.integers(0, 256, (4000, 64, 64, 3), dtype=np.uint8)
            h5.create_dataset("train_set_x", data=pictures, chunks=(50, 64, 64, 3))
            h5["train_set_y"] = rng.integers(0, 2, 4000)
            h5["list_classes"] = np.array([b"a", b"b"])
        words = f"--data {file} --layers 20 7 5 --batch-size 400 --iterations 100 --log-every 100 --no-board".split()
        words += ["--first-layer", "direct", "--device", "cpu"]
        one = min(timed(folder, 0, [*words, "--stream", "never"]) for _ in range(3))
        for world in (1, 2, 3, 4):
            least = min(timed(folder, world, [*words, "--stream", "never"]) for _ in range(3))
            print(f"{world} processes: {least / one:.2f} of one without torchrun ({one:.2f} s)")
        least = min(timed(folder, 0, [*words, "--stream", "always"]) for _ in range(3))
        print(f"streamed: {least / one:.2f} of in memory")


def timed(folder: Path, world: int, words: list[str]) -> float:
    """Return the seconds that a run counts; without torchrun where `world` is 0."""
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", str(world)] if world else []
    command = [sys.executable, *launcher, "-m", "backproof", "train", *words, "--json"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    return float(json.loads(run.stdout)["seconds"])


if __name__ == "__main__":
    if sys.argv[1:] != ["calculate"]:
        measure()
    calculate()
