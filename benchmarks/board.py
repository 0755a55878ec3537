"""What the board costs: [12288, 20, 7, 5, 1] on 209 drawn pictures, and 50 for the test, by both engines.

In one training, windows of some logged iterations with the board and without it take turns. What is spent in the board
is timed, and compared with the windows without it; the ratio of the windows is a check that nothing is spent elsewhere.
What is due a few times a run, at the start and at the end is timed by itself.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from backproof.board.board import Board, open_board
from backproof.data.sets import Dataset, Part
from backproof.training.engine import Live
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.loop import Listener, Record, train
from backproof.training.options import Config

from .cases import CATS, config_of
from .measure import Ratio, one_thread
from .tables import Bars, Claim, Effort, Table, benchmark

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
            now = time.process_time()
            if self._logged:
                self.windows[not on].append(now - self._since - self._looked)
            self._since, self._looked = now, 0.0
        self._logged += 1
        if on:
            began = time.process_time()
            self._board.record(record, live)
            self.records.append(time.process_time() - began)

    def due(self, iteration: int) -> bool:
        """When the board is."""
        return self._board.due(iteration)

    def look(self, iteration: int, live: Live) -> None:
        """Timed by itself."""
        began = time.process_time()
        self._board.look(iteration, live)
        self.looks[iteration] = time.process_time() - began
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


@benchmark
def board(effort: Effort) -> Table:
    """The default board, in processor time of a training of 2500 iterations."""
    rows, pictured, worst = [], [], 0.0
    iterations = 300 if effort.quick else 2500
    for name in ("numpy", "torch"):
        for momentum in (0.9,) if effort.quick else (0.0, 0.9):
            config = config_of(CATS[0]._replace(momentum=momentum), name, iterations=iterations)
            with one_thread():
                curves, ratio, looks, whole = measure(config)
            between = sum(looks[1:-1]) / whole * iterations / 2500  # so many looks, whatever the length
            worst = max(worst, curves + between)
            shares = f"{curves:.1%}", f"{between:.1%}", f"{curves + between:.1%}", f"{ratio:.2f}"
            pictured.append((f"{name}, momentum {momentum}", {"both": Ratio.alone(curves + between)}))
            rows.append((name, f"{momentum}", *shares, f"{looks[0]:.2f} s", f"{looks[-1]:.2f} s"))
    return Table(
        "The board",
        "The default board on [12288, 20, 7, 5, 1] in float64, 209 drawn pictures and 50 for the test, 2500 "
        "iterations, a record every 25, as shares of the training. Windows of 50 iterations with the curves and "
        "without them in turns check that nothing is spent elsewhere. Start and end (pictures, texts, graph; the "
        "projector's files) come once.",
        ("engine", "momentum", "curves", "a few times a run", "both", "windows with / without", "start", "end"),
        rows,
        Bars("the board as a share of the training", pictured, LIMIT, "linear"),
        claims=(Claim("the default board, of the training", "<= 3 %", f"{worst:.1%}", worst <= LIMIT),),
    )
