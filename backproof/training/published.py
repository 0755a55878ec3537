"""The course's three published trainings, repeated by both engines; written to docs/trainings.md.

    python -m backproof.training.published FOLDER

FOLDER has the course's two files of cat pictures.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from backproof.data.sets import load
from backproof.files import is_file

from .engine import Live
from .engines import initial_parameters, make_engine
from .loop import Listener, Record, train
from .options import Config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "trainings.md"
ENGINES = ("numpy", "torch")
COURSE = Config().changed(
    learning_rate=0.0075, iterations=2500, momentum=0.0, seed=1, log_every=100, dtype="float64", device="cpu"
)
PUBLISHED: Mapping[str, Config] = MappingProxyType(
    {
        "logistic regression": COURSE.changed(layers=(), init="zeros", learning_rate=0.005, iterations=2000),
        "[12288, 7, 1]": COURSE.changed(layers=(7,), init="small"),
        "[12288, 20, 7, 5, 1]": COURSE.changed(layers=(20, 7, 5), init="scaled"),
    }
)
SCALES = {"zeros": "zeros", "small": "0.01 randn", "scaled": "randn / sqrt(n_prev)"}
HEAD = """# The course's trainings, repeated

Written by `python -m backproof.training.published FOLDER`. Full-batch gradient descent in float64 on the CPU, ReLU in
the hidden layers, sigmoid output, cross-entropy, pixels divided by 255, `np.random.RandomState(1)`; 209 training
pictures and 50 test pictures of the course's cat set; 66 % of the test pictures show a cat. Costs are those before the
update of the iteration; the last line is after the last update.
"""


class _Keep(Listener):
    def __init__(self) -> None:
        self.records: list[Record] = []

    def record(self, record: Record, live: Live) -> None:
        self.records.append(record)


def repeat(name: str, engine: str, folder: Path) -> list[Record]:
    """Repeat one of the published trainings by one engine; return every hundredth record and the last."""
    files = [str(folder / f"{part}_catvnoncat.h5") for part in ("train", "test")]
    config = PUBLISHED[name].changed(engine=engine, data=files[0], test=files[1])
    dataset, keep = load(config.data, config.network.loss), _Keep()
    train(config, dataset, make_engine(config, initial_parameters(config, len(dataset.train.X))), [keep])
    return keep.records


def page(curves: Mapping[tuple[str, str], list[Record]]) -> str:
    """Return the page, from the records by name and engine."""
    return "\n".join([HEAD, *(line for name in PUBLISHED for line in _section(name, curves))])


def _section(name: str, curves: Mapping[tuple[str, str], list[Record]]) -> Iterator[str]:
    config, (by_hand, by_torch) = PUBLISHED[name], (curves[name, engine] for engine in ENGINES)
    apart = max(abs(a["cost"] - b["cost"]) / a["cost"] for a, b in zip(by_hand, by_torch, strict=True))
    yield f"## {name}\n"
    descent, scale = config.descent, SCALES[config.network.init]
    yield f"Weights from {scale}, learning rate {descent.alpha}, {descent.iterations} iterations.\n"
    yield "| engine | training accuracy | test accuracy |\n|---|---|---|"
    for engine, records in zip(ENGINES, (by_hand, by_torch), strict=True):
        last = records[-1]
        yield f"| {engine} | {last['train_accuracy']:.4%} | {last['test_accuracy']:.4%} |"
    yield f"\nThe costs of the two engines differ by at most {apart:.1e} of themselves.\n"
    yield "| iteration | cost, NumPy | cost, torch |\n|---|---|---|"
    for a, b in zip(by_hand, by_torch, strict=True):
        yield f"| {a['iteration']} | {a['cost']:.12f} | {b['cost']:.12f} |"
    yield ""


def main() -> None:
    """Repeat all of them and write the page."""
    if len(sys.argv) != 2 or not is_file(Path(sys.argv[1]) / "train_catvnoncat.h5"):
        usage = "usage: python -m backproof.training.published FOLDER, which has the course's train_catvnoncat.h5"
        print(usage, file=sys.stderr)
        sys.exit(2)
    folder = Path(sys.argv[1])
    curves = {(name, engine): repeat(name, engine, folder) for name in PUBLISHED for engine in ENGINES}
    PAGE.write_text(page(curves), encoding="utf-8")


if __name__ == "__main__":
    main()
