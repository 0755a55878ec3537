"""What `train` and `--sweep` share: a run that is ready learns, with its board and a progress bar."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from backproof.training.engines import enough_memory
from backproof.training.loop import Listener, Live, Record, Summary
from backproof.training.loop import train as train_network
from backproof.training.session import Opened


@enough_memory()
def learn(opened: Opened, hidden: bool) -> Summary:
    """Train what is ready, with a progress bar unless hidden, and let go of its folder."""
    with closing(opened.folder) as folder, board_of(opened) as boards:
        for warning in (*opened.config.warnings, *opened.dataset.warnings):
            print(f"backproof: warning: {warning}", file=sys.stderr)
        with progress(opened, hidden) as bar:
            return train_network(
                opened.config, opened.dataset, opened.engine, (*boards, folder, bar), opened.start, opened.seconds
            )


@contextmanager
def board_of(opened: Opened) -> Iterator[list[Listener]]:
    """The board, unless there is to be none."""
    if not opened.config.board:
        yield []
        return
    from backproof.board.board import open_board

    with open_board(opened.config, opened.dataset, opened.folder.path, opened.start) as board:
        yield [board]


class Bar(Listener):
    """A line on the terminal: cost, accuracy, speed."""

    def __init__(self, shown: Progress, iterations: int, start: int, seconds: float) -> None:
        self._shown, self._start, self._seconds = shown, start, seconds
        self._task = shown.add_task("", total=iterations, completed=start)

    def record(self, record: Record, live: Live) -> None:
        """Say where the training is."""
        words = [f"cost {record['cost']:.6f}", *accuracies(record)]
        if (elapsed := record["seconds"] - self._seconds) > 0:
            words.append(f"{(record['iteration'] - self._start) / elapsed:.0f} it/s")
        self._shown.update(self._task, completed=record["iteration"], description="  ".join(words))


@contextmanager
def progress(opened: Opened, hidden: bool) -> Iterator[Bar]:
    """The headline and, on a terminal, a progress bar; nothing when hidden."""
    console = Console(stderr=True, highlight=False, quiet=hidden)
    config, dataset, engine = opened.config, opened.dataset, opened.engine
    n_x, m = dataset.train.X.shape
    sizes = "-".join(map(str, [n_x, *config.layers, 1]))
    tested = f" + {dataset.test.X.shape[1]}" if dataset.test else ""
    console.print(
        f"{config.data}: {m}{tested} examples, network {sizes}, {engine.name} on {engine.device} in {config.dtype}"
        + (f", from iteration {opened.start}" if opened.start else ""),
        markup=False,
        soft_wrap=True,
    )
    columns = (BarColumn(), TextColumn("{task.completed}/{task.total}"), TextColumn("{task.description}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden) as shown:
        yield Bar(shown, config.iterations, opened.start, opened.seconds)


def accuracies(figures: Record | Summary) -> list[str]:
    """Accuracy on the training and on the test set, in words, where there are any."""
    pairs = (("train", figures["train_accuracy"]), ("test", figures["test_accuracy"]))
    return [f"{part} {share:.1%}" for part, share in pairs if share is not None]
