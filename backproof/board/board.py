"""What TensorBoard shows of a run, and when it is written: one table; the training knows nothing of it."""

import shutil
import time
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary as Values
from torch.utils.tensorboard import SummaryWriter

from backproof.data.sets import Dataset
from backproof.files import explained
from backproof.training.engine import Live
from backproof.training.loop import Listener, Record, Summary
from backproof.training.options import Config
from parity_tests.compare import THRESHOLD_U

from . import figures, pictures, text
from .events import open_events
from .figures import Moment
from .graph import graph
from .live_parity import refuse_disagreement

When = Literal["at the start", "--log-every", "5 times", "10 times", "--parity-every", "--histograms", "at the end"]
Kind = Literal["scalar", "image", "text", "histogram", "pr_curve", "graph", "layout", "hparams", "embedding"]


class Row(NamedTuple):
    """Something that is logged: the group of its tags, its kind, when, a sentence for people, and the values by tag."""

    group: str
    kind: Kind
    when: When
    what: str
    values: Callable[[Moment], Mapping[str, Any]]


def words(moment: Moment) -> Mapping[str, str]:
    """Return the configuration, the formulas, and this table."""
    rows = [(row.group and f"`{row.group}/`", row.kind.replace("_", " "), f"`{row.when}`", row.what) for row in TABLE]
    return {
        "configuration": text.configuration(moment),
        "formulas": text.formulas(moment),
        "what_is_logged": text.table(("tags", "as", "when", "what"), rows),
    }


def network(moment: Moment) -> Mapping[str, Any]:
    """Return the graph of the network."""
    n_x, m = moment.dataset.train.X.shape
    return {"": graph(moment.config, n_x, m)}


def projected(moment: Moment) -> Mapping[str, Any]:
    """Return what add_embedding takes: a point for each example, what is known of it, and its thumbnail."""
    points, part, A = figures.last_hidden(moment)
    classes, shape = moment.dataset.classes, moment.dataset.shape
    if classes is None:
        header, facts = ["value", "prediction"], [[f"{y:g}", f"{a:g}"] for y, a in zip(part.Y[0], A[0], strict=True)]
    else:
        header = ["class", "prediction", "right", "output"]
        named = [(classes[int(y)], classes[int(a > 0.5)], f"{a:.4f}") for y, a in zip(part.Y[0], A[0], strict=True)]
        facts = [[y, said, "yes" if y == said else "no", a] for y, said, a in named]
    tiles = pictures.thumbnails(part, shape, classes is not None)
    image = None if tiles is None else torch.from_numpy(tiles)
    return {"last_hidden_layer": {"mat": points, "metadata": facts, "metadata_header": header, "label_img": image}}


TABLE: tuple[Row, ...] = (
    Row(
        "cost",
        "scalar",
        "--log-every",
        "train: of the batch, at the end of the whole set, with the L2 penalty; test: of the whole set, without",
        lambda now: {"train": now.logged["cost"], "test": now.logged["test_cost"]},
    ),
    Row(
        "accuracy",
        "scalar",
        "--log-every",
        "share of the training and of the test set that is classified rightly",
        lambda now: {"train": now.logged["train_accuracy"], "test": now.logged["test_accuracy"]},
    ),
    Row(
        "gradient_norm",
        "scalar",
        "--log-every",
        "Euclidean norm of the gradient by all parameters",
        lambda now: {"all": now.logged["gradient_norm"]},
    ),
    Row("gradient_norm", "scalar", "--log-every", "and by W and b of each layer", figures.gradient_norms),
    Row(
        "update_ratio",
        "scalar",
        "--log-every",
        "norm of the update of each W over the norm of W",
        figures.update_ratios,
    ),
    Row(
        "dead_units",
        "scalar",
        "--log-every",
        "share of a layer's ReLU units that are above 0 for no training example",
        figures.dead_units,
    ),
    Row(
        "run",
        "scalar",
        "--log-every",
        "learning_rate; iterations_per_second, without the time that is spent on this board",
        lambda now: {"learning_rate": now.config.descent.alpha, "iterations_per_second": now.speed},
    ),
    Row("run", "scalar", "--log-every", "epoch: passes over the training set, with mini-batches", figures.epoch),
    Row(
        "parity",
        "scalar",
        "--parity-every",
        "error of each hand-derived gradient against autograd's, norm-wise and relative, in u = 2^-53: "
        f"right ones are below {THRESHOLD_U['float64']:.1e}, unless the gradient itself is nothing but rounding noise",
        lambda now: now.parity_by_hand,
    ),
    Row(
        "parity_of_run",
        "scalar",
        "--parity-every",
        "error of each gradient that this run learns from, in u of its dtype, against the other implementation in "
        "float64: autograd's for a run by hand, the hand-derived for one by torch",
        lambda now: now.parity_of_run,
    ),
    Row(
        "proof",
        "scalar",
        "--parity-every",
        "the largest error of both kinds beside the threshold, which is 0, in powers of ten: -5 is a 100 000th part",
        lambda now: now.proof,
    ),
    Row(
        "residual",
        "scalar",
        "--log-every",
        "with --prove: the largest that a line of a pass since the last record is off, as a part of what rounding may "
        "leave, in powers of ten: 0 would be a fault",
        lambda now: {"largest": now.live.residual},
    ),
    Row("pictures", "image", "at the start", "training_set: examples with their classes", pictures.samples),
    Row("pictures", "image", "10 times", "decision_boundary: of examples in the plane", pictures.boundary),
    Row("pictures", "image", "10 times", "fit: to examples with one feature", pictures.fit),
    Row(
        "pictures",
        "image",
        "5 times",
        "misclassified: test pictures with true class, predicted class and its probability",
        pictures.mistakes,
    ),
    Row("pictures", "image", "5 times", "confusion: true classes against predicted ones", pictures.confusion),
    Row("pictures", "image", "5 times", "W1: weights of the first layer", pictures.first_weights),
    Row("", "histogram", "--histograms", "weights, gradients, activations of each layer", figures.distributions),
    Row("precision_recall", "pr_curve", "10 times", "on the test set", figures.precision_recall),
    Row("", "graph", "at the start", "the network, in the notes' symbols", network),
    Row("", "layout", "at the start", "Custom Scalars: charts of several curves", lambda now: {"": text.layout(now)}),
    Row(
        "",
        "hparams",
        "at the start",
        "HParams: every option that determines the result",
        lambda now: {"": text.session(now)},
    ),
    Row("text", "text", "at the start", "configuration, formulas, what_is_logged: this table", words),
    Row(
        "",
        "embedding",
        "at the end",
        "last_hidden_layer: its activations over the test set, with class, prediction and a thumbnail in its colour",
        projected,
    ),
)


def times(n: int) -> Callable[[Config], set[int]]:
    """Choose n iterations, spaced evenly from the last one back to the first."""
    return lambda config: {round(config.descent.iterations * (1 - k / max(n - 1, 1))) for k in range(n)}


# Iterations at which something is due besides the logged ones.
DUE: Mapping[When, Callable[[Config], Container[int]]] = {
    "5 times": times(5),
    "10 times": times(10),
    "--histograms": lambda config: times(config.log.histograms)(config),
    "--parity-every": lambda config: (
        range(0, config.descent.iterations + 1, config.log.parity_every) if config.log.parity_every else ()
    ),
    "at the end": times(1),
}


def _graph(writer: SummaryWriter, tag: str, value: Any, step: int) -> None:
    assert writer.file_writer is not None
    writer.file_writer.add_event(Event(graph_def=value.SerializeToString()))


def _embedding(writer: SummaryWriter, tag: str, value: Any, step: int) -> None:
    shutil.rmtree(Path(writer.log_dir) / "00000", ignore_errors=True)  # that of an earlier end
    writer.add_embedding(**value, global_step=0, tag=tag)


def _summary(writer: SummaryWriter, summary: Any, step: int) -> None:
    assert writer.file_writer is not None
    writer.file_writer.add_summary(summary, step)


WRITE: Mapping[Kind, Callable[[SummaryWriter, str, Any, int], None]] = {
    "image": lambda writer, tag, value, step: writer.add_image(tag, value, step, dataformats="HWC"),
    "text": lambda writer, tag, value, step: writer.add_text(tag, value, step),
    "histogram": lambda writer, tag, value, step: writer.add_histogram(tag, value, step),
    "pr_curve": lambda writer, tag, value, step: writer.add_pr_curve(tag, value[0], value[1], step),
    "layout": lambda writer, tag, value, step: writer.add_custom_scalars(value),
    "graph": _graph,
    "hparams": lambda writer, tag, value, step: _summary(writer, value, step),
    "embedding": _embedding,
}


class Board(Listener):
    """Writes what the table says; figures of one iteration are one event."""

    def __init__(self, writer: SummaryWriter, config: Config, dataset: Dataset, start: int) -> None:
        self._writer, self._config, self._dataset = writer, config, dataset
        self._due: dict[When, Container[int]] = {when: chosen(config) for when, chosen in DUE.items()}
        self._due["at the start"] = {start}
        self._aside = 0.0  # seconds that were spent here
        self._before: tuple[int, float] | None = None  # the last logged iteration, and its time

    def record(self, record: Record, live: Live) -> None:
        """Write the figures of a logged iteration."""
        iteration, now = record["iteration"], time.perf_counter() - self._aside
        speed = None if self._before is None else (iteration - self._before[0]) / (now - self._before[1])
        self._before = iteration, now
        self._write({"--log-every"}, Moment(self._config, self._dataset, iteration, live, record, speed))

    def due(self, iteration: int) -> bool:
        """Return whether any row is due."""
        return any(iteration in iterations for iterations in self._due.values())

    def look(self, iteration: int, live: Live) -> None:
        """Write all rows that are due."""
        due = {when for when, iterations in self._due.items() if iteration in iterations}
        moment = Moment(self._config, self._dataset, iteration, live)
        self._write(due, moment)
        if "--parity-every" in due:
            refuse_disagreement(self._config, iteration, moment.parity_by_hand, moment.parity_of_run)

    def end(self, summary: Summary) -> None:
        """Write how the run ended, in words."""
        with self._explained():
            self._writer.add_text("text/outcome", text.outcome(summary), summary.iterations)
            _summary(self._writer, text.session_end(summary), summary.iterations)

    def _write(self, due: set[When], moment: Moment) -> None:
        began = time.perf_counter()
        figures: list[Any] = []
        with self._explained(), np.errstate(all="ignore"):
            for row in TABLE:
                for name, value in row.values(moment).items() if row.when in due else ():
                    tag = "/".join(filter(None, (row.group, name)))
                    if row.kind != "scalar":
                        WRITE[row.kind](self._writer, tag, value, moment.iteration)
                    elif value is not None:
                        figures.append(Values.Value(tag=tag, simple_value=value))
            if figures:
                _summary(self._writer, Values(value=figures), moment.iteration)
        self._aside += time.perf_counter() - began

    def _explained(self) -> Any:
        what_to_do = "the last checkpoint is whole: go on with --resume once there is room, or with --no-board"
        return explained(Path(self._writer.log_dir), what_to_do)


@contextmanager
def open_board(config: Config, dataset: Dataset, folder: Path, start: int) -> Iterator[Board]:
    """Open the board of a run that goes on at iteration `start`; UserError when its file cannot be written."""
    with explained(folder):
        writer = open_events(folder, start)
    with closing(writer):
        yield Board(writer, config, dataset, start)
