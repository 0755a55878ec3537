"""What `train` and `--sweep` share: a run that is ready learns, with its board and a progress bar."""

import math
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from backproof.files import plain_text
from backproof.training.engine import Live
from backproof.training.engines import enough_memory, with_threads
from backproof.training.loop import Begun, Listener, Record, Summary
from backproof.training.loop import train as train_network
from backproof.training.ranks.group import ALONE, Ranks
from backproof.training.ranks.listener import Together
from backproof.training.session import Opened

if TYPE_CHECKING:
    from backproof.training.ranks.session import Shared


@enough_memory()
def learn(opened: Opened, hidden: bool, ranks: Ranks = ALONE) -> Summary:
    """Train a run that is ready, with a progress bar unless hidden, and release its folder."""
    with closing(opened.folder) as folder, board_of(opened) as boards:
        for warning in (*opened.config.warnings, *opened.dataset.warnings, *opened.warnings):
            print(f"backproof: warning: {plain_text(warning)}", file=sys.stderr)
        with progress(opened, hidden, ranks) as bar, with_threads(opened.threads):
            listeners: tuple[Listener, ...] = (*boards, folder, bar)
            if ranks.several:
                listeners = (Together(ranks, listeners),)
            return train_network(opened.config, opened.dataset, opened.engine, listeners, opened.begun)


@enough_memory()
def follow(shared: "Shared", ranks: Ranks) -> Summary:
    """Train as the first process does, which writes and prints."""
    with with_threads(shared.threads):
        return train_network(shared.config, shared.dataset, shared.engine, [Together(ranks, ())], shared.begun)


def complain(summary: Summary, name: str = "", quiet: bool = False) -> None:
    """Print why a training is not finished and, unless quiet, what else was found in it."""
    start = f"backproof: {name}{': ' if name else ''}"
    if summary.reason:
        print(f"{start}{plain_text(summary.reason)}", file=sys.stderr)
    for finding in () if quiet else summary.findings:
        if not summary.reason or str(finding) not in summary.reason:
            print(f"{start}{plain_text(finding)}", file=sys.stderr)


@contextmanager
def board_of(opened: Opened) -> Iterator[list[Listener]]:
    """Open the board, if there is to be one."""
    if not opened.config.log.board:
        yield []
        return
    from backproof.board.board import open_board

    with open_board(opened.config, opened.dataset, opened.folder.path, opened.begun.iteration) as board:
        yield [board]


@contextmanager
def reading(data: str, hidden: bool) -> Iterator[None]:
    """Show on a terminal that the data are being read, which may take a while."""
    console = Console(stderr=True, quiet=hidden)
    with console.status(Text(f"reading {plain_text(data)}")):
        yield


class Bar(Listener):
    """A line on the terminal: cost, accuracy, speed."""

    def __init__(self, shown: Progress, iterations: int, begun: Begun) -> None:
        self._shown, self._begun = shown, begun
        self._task = shown.add_task("", total=iterations, completed=begun.iteration)

    def record(self, record: Record, live: Live) -> None:
        """Say where the training is."""
        words = [f"cost {record['cost']:.6f}", *accuracies(record)]
        if (elapsed := record["seconds"] - self._begun.seconds) > 0:
            words.append(f"{(record['iteration'] - self._begun.iteration) / elapsed:.0f} it/s")
        self._shown.update(self._task, completed=record["iteration"], description="  ".join(words))


@contextmanager
def progress(opened: Opened, hidden: bool, ranks: Ranks) -> Iterator[Bar]:
    """Show a headline and, on a terminal, a progress bar; nothing when hidden."""
    console = Console(stderr=True, highlight=False, quiet=hidden)
    config, dataset, engine = opened.config, opened.dataset, opened.engine
    n_x, m = len(dataset.train.X), dataset.m
    streamed = f", streamed: {dataset.stream.why}" if dataset.stream else ""
    sizes = "-".join(map(str, [n_x, *config.network.layers, 1]))
    place = f"{engine.name} on {engine.device} in {config.place.dtype}{ranks.in_words}"
    tested = f" + {dataset.test.X.shape[1]}" if dataset.test else ""
    console.print(
        f"{plain_text(config.data.data)}: {m}{tested} examples{streamed}, network {sizes}, {place}, "
        f"{config.descent.iterations} iterations"
        + epochs(opened, config.descent.iterations)
        + (f", from iteration {opened.begun.iteration}" if opened.begun.iteration else ""),
        markup=False,
        soft_wrap=True,
    )
    columns = (BarColumn(), TextColumn("{task.completed}/{task.total}"), TextColumn("{task.description}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden) as shown:
        yield Bar(shown, config.descent.iterations, opened.begun)


def epochs(opened: Opened, iterations: int) -> str:
    """Say how often so many iterations see the whole training set, where each sees a mini-batch of it."""
    m, batch = opened.dataset.m, opened.config.descent.batch_size
    return "" if batch is None else f" ({iterations / math.ceil(m / batch):.3g} epochs)"


def accuracies(record: Record) -> list[str]:
    """Say the accuracy on the training and on the test set, where there are any."""
    pairs = (("train", record["train_accuracy"]), ("test", record["test_accuracy"]))
    return [f"{part} {share:.1%}" for part, share in pairs if share is not None]
