"""What the board costs: the network [12288, 20, 7, 5, 1] on 209 random pictures, and 50 for the test, by both engines.

    python benchmarks/board.py [ITERATIONS]

In one training, windows of some logged iterations with the board and without it take turns. The time spent in the
board is timed, and compared with that of the windows without it; the ratio of the windows is printed beside it, as a
check that nothing is spent elsewhere. What is due a few times a run, at the start and at the end is timed by itself.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from backproof.board.board import Board, open_board
from backproof.data.sets import Dataset, Part
from backproof.training.engine import Live
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.loop import Listener, Record, train
from backproof.training.options import Config

WINDOW = 2  # logged iterations
LIMIT = 0.03


class InTurns(Listener):
    """Passes on every second window of records, and every look; keeps the time of each."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._logged, self._since, self._looked = 0, 0.0, 0.0
        self.windows: dict[bool, list[float]] = {True: [], False: []}
        self.records: list[float] = []
        self.looks: dict[int, float] = {}

    def record(self, record: Record, live: Live) -> None:
        """A window begins before its first record, and ends before the next window's."""
        on = self._logged // WINDOW % 2 == 0
        if self._logged % WINDOW == 0:
            now = time.perf_counter()
            if self._logged:
                self.windows[not on].append(now - self._since - self._looked)
            self._since, self._looked = now, 0.0
        self._logged += 1
        if on:
            began = time.perf_counter()
            self._board.record(record, live)
            self.records.append(time.perf_counter() - began)

    def due(self, iteration: int) -> bool:
        """When the board is."""
        return self._board.due(iteration)

    def look(self, iteration: int, live: Live) -> None:
        """Timed by itself."""
        began = time.perf_counter()
        self._board.look(iteration, live)
        self.looks[iteration] = time.perf_counter() - began
        self._looked += self.looks[iteration]


def measure(config: Config) -> tuple[float, float, list[float], float]:
    """The curves as a share of the training, the ratio of windows, the looks in seconds, the seconds of all of it."""
    rng = np.random.default_rng(0)
    pictures, test = (
        Part(np.asfortranarray(rng.random((12288, m))), rng.integers(0, 2, (1, m)).astype(float)) for m in (209, 50)
    )
    dataset = Dataset(pictures, test, classes=("non-cat", "cat"), shape=(64, 64, 3))
    engine = make_engine(config, initial_parameters(config, 12288))
    with tempfile.TemporaryDirectory() as folder, open_board(config, dataset, Path(folder), 0) as board:
        turns = InTurns(board)
        train(config, dataset, engine, [turns])
    pairs = zip(turns.windows[True], turns.windows[False], strict=False)
    ratio = float(np.median([on / off for on, off in pairs]))
    window = float(np.median(turns.windows[False]))
    curves = float(np.median(turns.records)) * WINDOW / window
    whole = window / (WINDOW * config.log.log_every) * config.descent.iterations
    return curves, ratio, list(turns.looks.values()), whole


def main() -> None:
    """Print the table; exit status 1 where the limit is passed."""
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
    table = Table(
        "engine", "momentum", "training", "curves", "windows", "a few times", "both", "start", "end", box=None
    )
    worst = 0.0
    for engine in ("numpy", "torch"):
        for momentum in (0.0, 0.9):
            config = Config().changed(
                engine=engine,
                device="cpu",
                learning_rate=0.0075,
                momentum=momentum,
                iterations=iterations,
            )
            curves, ratio, looks, whole = measure(config)
            between = sum(looks[1:-1]) / whole
            worst = max(worst, curves + between)
            shares = f"{curves:.1%}", f"{ratio:.3f}", f"{between:.1%}", f"{curves + between:.1%}"
            table.add_row(engine, f"{momentum}", f"{whole:.1f} s", *shares, f"{looks[0]:.2f} s", f"{looks[-1]:.2f} s")
    Console().print(table)
    sys.exit(int(worst > LIMIT))


if __name__ == "__main__":
    main()
