"""The options of a training run: each is declared once, with its type, default, help and range."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from tyro.conf import arg

from backproof.errors import UserError, did_you_mean

# Options that say what is written down of a run, and change no bit of its parameters.
WRITTEN = {"checkpoint_every", "log_every", "parity_every", "histograms", "board"}

RUNS = Path("runs")
CONFIG = "config.json"
MAX_SEED = 2**32 - 1


class Within(NamedTuple):
    """The range of a number; of a tuple, the range of each entry."""

    low: float
    high: float
    low_is_in: bool = True
    high_is_in: bool = True

    def __contains__(self, value: object) -> bool:
        assert isinstance(value, (int, float))
        above = self.low <= value if self.low_is_in else self.low < value
        return above and (value <= self.high if self.high_is_in else value < self.high)

    def __str__(self) -> str:
        return f"{'(['[self.low_is_in]}{self.low:g}, {self.high:.10g}{')]'[self.high_is_in]}"


SEEDS = Within(0, MAX_SEED)
COUNT = Within(1, 10**9)
TIMES = Within(0, 1000)
UNITS = Within(1, 100_000)
RATES = Within(0, 1e6, low_is_in=False)
MOMENTA = Within(0, 1, high_is_in=False)
PENALTIES = Within(0, 1e6)
BITS = Within(2, 16)


@dataclass(frozen=True, kw_only=True)
class Config:
    """What determines a training run."""

    data: Annotated[
        str,
        arg(
            help="digits (odd or even), cancer, flower, housing, xor, FILE.h5 (the course's schema) or FILE.csv; "
            "the defaults listed here are those of digits and of files"
        ),
    ] = "digits"
    test: Annotated[str | None, arg(help="the file of the test set that belongs to FILE.h5 or FILE.csv")] = None
    label: Annotated[str | None, arg(help="the column of FILE.csv to be predicted")] = None
    bits: Annotated[int, BITS, arg(help=f"bits of --data xor, in {BITS}")] = 2
    data_seed: Annotated[int, SEEDS, arg(help="seed of data that are drawn: flower, housing")] = 1
    layers: Annotated[tuple[int, ...], UNITS, arg(help="units of the hidden layers; none is logistic regression")] = (
        20,
        7,
        5,
    )
    activation: Annotated[
        Literal["relu", "tanh", "sigmoid", "leaky_relu", "identity"], arg(help="activation of the hidden layers")
    ] = "relu"
    output: Annotated[Literal["sigmoid", "identity", "relu"], arg(help="activation of the output")] = "sigmoid"
    loss: Annotated[
        Literal["cross_entropy", "squared_error"], arg(help="cross-entropy needs labels 0 and 1 and a sigmoid output")
    ] = "cross_entropy"
    init: Annotated[
        Literal["zeros", "small", "scaled", "he", "xavier"],
        arg(help="scale of the initial weights: 0, 0.01, 1/sqrt(n_prev), sqrt(2/n_prev), sqrt(2/(n_prev + n))"),
    ] = "he"
    seed: Annotated[int, SEEDS, arg(help="seed of the initial weights and of the order of the mini-batches")] = 1
    learning_rate: Annotated[float, RATES, arg(help=f"alpha, in {RATES}")] = 0.1
    iterations: Annotated[int, COUNT, arg(help="updates of the parameters, all in all")] = 2500
    batch_size: Annotated[int | None, COUNT, arg(help="examples of a mini-batch; default: all")] = None
    momentum: Annotated[float, MOMENTA, arg(help=f"beta, in {MOMENTA}")] = 0.9
    l2: Annotated[float, PENALTIES, arg(help=f"lambda of the L2 penalty on the weights, in {PENALTIES}")] = 0.0
    engine: Annotated[
        Literal["torch", "numpy"], arg(help="torch with autograd, or NumPy with the gradients derived by hand")
    ] = "torch"
    device: Annotated[Literal["auto", "cpu", "cuda"], arg(help="where torch runs; auto is cuda where there is one")] = (
        "auto"
    )
    dtype: Annotated[Literal["float32", "float64"], arg(help="precision of the parameters and the data")] = "float64"
    checkpoint_every: Annotated[int, COUNT, arg(help="iterations from one checkpoint to the next")] = 250
    log_every: Annotated[int, COUNT, arg(help="iterations from one line of metrics.jsonl to the next")] = 25

    parity_every: Annotated[
        int | None,
        COUNT,
        arg(help="iterations from one comparison of every hand-derived gradient with autograd's to the next"),
    ] = None
    histograms: Annotated[
        int, TIMES, arg(help="times a run at which TensorBoard gets histograms of weights, gradients and activations")
    ] = 0
    board: Annotated[bool, arg(help="write what TensorBoard shows")] = True

    def __post_init__(self) -> None:
        """Check every range, and options against each other; UserError names the first that does not fit."""
        for name, declared in _declarations().items():
            value, hint = getattr(self, name), get_args(declared)
            limits = next((part for part in hint if isinstance(part, Within)), None)
            for number in value if isinstance(value, tuple) else (value,):
                if limits is not None and number is not None and not (math.isfinite(number) and number in limits):
                    raise UserError(f"{flag(name)} {number}: expected a number in {limits}")
        if self.loss == "cross_entropy" and self.output != "sigmoid":
            raise UserError(
                f"--output {self.output}: cross-entropy needs a sigmoid output; add --loss squared_error for another"
            )
        if self.engine == "numpy" and self.device == "cuda":
            raise UserError("--device cuda: the NumPy engine runs on the CPU; use --engine torch or --device cpu")
        self._check_files()

    def _check_files(self) -> None:
        kind = Path(self.data).suffix.lower() if self.data not in PRESETS else ""
        if kind not in ("", ".h5", ".csv") or (kind == "" and self.data not in PRESETS):
            hint = did_you_mean(self.data, PRESETS)
            raise UserError(f"--data {self.data}: expected {', '.join(PRESETS)}, FILE.h5 or FILE.csv{hint}")
        if self.test is not None and not kind:
            raise UserError(f"--test {self.test}: {self.data} has its own test set; --test goes with FILE.h5, FILE.csv")
        if (self.label is None) is (kind == ".csv"):
            why = "names the column of FILE.csv to be predicted"
            given = "no --label" if self.label is None else f"--label {self.label}"
            raise UserError(f"--data {self.data} with {given}: --label {why}")

    @property
    def warnings(self) -> list[str]:
        """Options that have no effect."""
        shown = () if self.board else ("parity_every", "histograms")
        idle = [f"{flag(name)} {getattr(self, name)}" for name in shown if getattr(self, name)]
        return [f"--no-board: {' and '.join(idle)} without effect, as the board shows them"] if idle else []

    def to_json(self) -> dict[str, Any]:
        """The options as JSON has them."""
        return asdict(self) | {"layers": list(self.layers)}


# What trains well on each of the data sets, where it is not what trains well on the digits.
PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "digits": {},
        "cancer": {"layers": (), "learning_rate": 0.1, "iterations": 1000},
        "flower": {"layers": (4,), "activation": "tanh", "init": "scaled", "learning_rate": 0.3, "iterations": 5000},
        "housing": {
            "layers": (),
            "output": "relu",
            "loss": "squared_error",
            "learning_rate": 0.1,
            "momentum": 0.0,
            "iterations": 500,
        },
        "xor": {"layers": (16,), "activation": "tanh", "init": "scaled", "learning_rate": 0.3, "iterations": 2000},
    }
)


def describe(config: Config) -> list[tuple[str, Any, str]]:
    """Name, value and meaning of every option."""
    helps = {name: part.help for name, declared in _declarations().items() for part in get_args(declared)[-1:]}
    return [(flag(name), getattr(config, name), str(help_)) for name, help_ in helps.items()]


def flag(name: str) -> str:
    """An option as it is written on the command line."""
    return f"--{name.replace('_', '-')}"


def preset(data: str) -> Config:
    """The options that suit a data set; those of the digits where it is not known by name."""
    return Config(data=data, **PRESETS[data]) if data in PRESETS else Config()


def read_config(path: str | Path) -> Config:
    """The options in a run's config.json, or in a file with just these; UserError when it cannot be used."""
    content = read_json(path)
    options = content.get("options", content) if isinstance(content, dict) else content
    return from_json(options, str(path))


def read_json(path: str | Path) -> Any:
    """The content of a small JSON file; UserError when it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.loads(file.read(2**20))
        json.dumps(content, allow_nan=False)  # Python reads NaN and 1e999, which are not JSON's or not finite
        return content
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: {error}; expected JSON as a run writes it") from None


def from_json(options: object, where: str) -> Config:
    """The options that `to_json` wrote; UserError names the option that is unknown or of another type."""
    if not isinstance(options, dict):
        raise UserError(f"{where}: found {type(options).__name__}, expected an object of options")
    known = _declarations()
    values: dict[str, Any] = {}
    for name, value in options.items():
        if name not in known:
            raise UserError(f"{where}: there is no option {name!r}, expected some of {', '.join(known)}")
        if not _fits(value, get_args(known[name])[0]):
            raise UserError(f"{where}: {name} is {value!r}, expected {_words(get_args(known[name])[0])}")
        values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return Config(**values)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _declarations() -> dict[str, Any]:
    hints = get_type_hints(Config, include_extras=True)
    return {field.name: hints[field.name] for field in fields(Config)}


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(type(entry) is int for entry in value)
    allowed = get_args(hint) or (hint,)
    return type(value) in allowed or (float in allowed and type(value) is int)


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if get_origin(hint) is tuple:
        return "a list of integers"
    names = {str: "text", int: "an integer", bool: "true or false", float: "a number", type(None): "null"}
    return " or ".join(names[kind] for kind in get_args(hint) or (hint,))
