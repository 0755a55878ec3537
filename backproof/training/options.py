"""The options of a training run: each is declared once, with its type, default, help and range."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_type_hints

from tyro.conf import arg

from backproof.errors import UserError, did_you_mean
from shapes.forms import form_violation, gram_violation
from shapes.network import Head
from shapes.ranges import Within

RUNS = Path("runs")
CONFIG = "config.json"
MAX_SEED = 2**32 - 1


SEEDS = Within(0, MAX_SEED)
COUNT = Within(1, 10**9)
TIMES = Within(0, 1000)
UNITS = Within(1, 100_000)
RATES = Within(0, 1e6, low_is_in=False)
MOMENTA = Within(0, 1, high_is_in=False)
PENALTIES = Within(0, 1e6)
BITS = Within(2, 16)
THREADS = Within(1, 1024)
MOST_LAYERS = 100  # hidden ones


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Which examples are learned."""

    data: Annotated[
        str,
        arg(
            help="digits (odd or even), cancer, flower, housing, xor, FILE.h5 (the course's schema) or FILE.csv; "
            "the defaults listed here are those of the digits"
        ),
    ] = "digits"
    test: Annotated[str | None, arg(help="the file of the test set that belongs to FILE.h5 or FILE.csv")] = None
    label: Annotated[str | None, arg(help="the column of FILE.csv to be predicted")] = None
    stream: Annotated[
        Literal["auto", "always", "never"],
        arg(help="read FILE.h5 while it is learned, by mini-batches; auto does so where it does not fit in memory"),
    ] = "auto"
    bits: Annotated[int, BITS, arg(help=f"bits of --data xor, in {BITS}")] = 2
    data_seed: Annotated[int, SEEDS, arg(help="seed of data that are drawn: flower, housing")] = 1


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """The network, and where its weights begin."""

    layers: Annotated[tuple[int, ...], UNITS, arg(help="units of the hidden layers; none is logistic regression")] = (
        20,
        7,
        5,
    )
    activation: Annotated[
        tuple[Literal["relu", "tanh", "sigmoid", "leaky_relu", "identity"], ...],
        arg(help="activation of the hidden layers: one for all, or one for each"),
    ] = ("relu",)
    output: Annotated[Literal["sigmoid", "identity", "relu"], arg(help="activation of the output")] = "sigmoid"
    loss: Annotated[
        Literal["cross_entropy", "squared_error"], arg(help="cross-entropy needs labels 0 and 1 and a sigmoid output")
    ] = "cross_entropy"
    init: Annotated[
        Literal["zeros", "small", "uniform", "scaled", "he", "xavier"],
        arg(
            help="initial weights: 0, randn * 0.01 (small), rand * 0.01 (uniform), or randn times 1/sqrt(n_prev), "
            "sqrt(2/n_prev), sqrt(2/(n_prev + n))"
        ),
    ] = "he"

    def __post_init__(self) -> None:
        """Make a list of one activation."""
        if isinstance(self.activation, str):
            object.__setattr__(self, "activation", (self.activation,))


@dataclass(frozen=True, kw_only=True)
class DescentOptions:
    """How the parameters move."""

    seed: Annotated[int, SEEDS, arg(help="seed of the initial weights and of the order of the mini-batches")] = 1
    learning_rate: Annotated[
        float | None, RATES, arg(help=f"alpha, in {RATES}; None suits it to the size of the examples")
    ] = None
    iterations: Annotated[int, COUNT, arg(help="updates of the parameters, all in all")] = 2500
    batch_size: Annotated[int | None, COUNT, arg(help="examples of a mini-batch; default: all")] = None
    momentum: Annotated[float, MOMENTA, arg(help=f"beta, in {MOMENTA}")] = 0.9
    l2: Annotated[float, PENALTIES, arg(help=f"lambda of the L2 penalty on the weights, in {PENALTIES}")] = 0.0

    @property
    def alpha(self) -> float:
        """The learning rate, which `session.suited` chooses where none is given."""
        if self.learning_rate is None:
            raise ValueError("the learning rate is not chosen yet: see session.suited")
        return self.learning_rate


@dataclass(frozen=True, kw_only=True)
class PlaceOptions:
    """Where it is computed, and in which precision."""

    engine: Annotated[
        Literal["torch", "numpy"], arg(help="torch with autograd, or NumPy with the gradients derived by hand")
    ] = "torch"
    form: Annotated[
        Literal["deep", "blocks", "shallow", "lee", "logistic", "logistic_loop", "logistic_example"],
        arg(help="by which formulas of the notes the NumPy engine steps; those of the deep network fit any"),
    ] = "deep"
    first_layer: Annotated[
        Literal["direct", "gram", "auto"],
        arg(help="gram moves W1 within the span of the examples; auto does so where there are fewer than features"),
    ] = "auto"
    device: Annotated[Literal["auto", "cpu", "cuda"], arg(help="where torch runs; auto is cuda where there is one")] = (
        "auto"
    )
    dtype: Annotated[Literal["float32", "float64"], arg(help="precision of the parameters and the data")] = "float64"
    threads: Annotated[
        int | None, THREADS, arg(help="threads of the matrix products; None takes OMP_NUM_THREADS, or suits the sizes")
    ] = None


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """What is written down of a run; it changes no bit of the parameters."""

    checkpoint_every: Annotated[int, COUNT, arg(help="iterations from one checkpoint to the next")] = 250
    log_every: Annotated[int, COUNT, arg(help="iterations from one line of metrics.jsonl to the next")] = 25
    parity_every: Annotated[
        int | None,
        COUNT,
        arg(help="iterations from one comparison of every hand-derived gradient with autograd's to the next"),
    ] = None
    prove: Annotated[
        bool, arg(help="prove the arithmetic of every line of the backward pass in every iteration, by random vectors")
    ] = False
    histograms: Annotated[
        int, TIMES, arg(help="times a run at which TensorBoard gets histograms of weights, gradients and activations")
    ] = 0
    keep_best: Annotated[bool, arg(help="keep the parameters of the lowest cost on the test set too, in best.h5")] = (
        False
    )
    board: Annotated[bool, arg(help="write what TensorBoard shows")] = True


@dataclass(frozen=True, kw_only=True)
class Config:
    """What determines a training run, by what it is about; on the command line and in JSON the options lie flat."""

    data: DataOptions = field(default_factory=DataOptions)
    network: NetworkOptions = field(default_factory=NetworkOptions)
    descent: DescentOptions = field(default_factory=DescentOptions)
    place: PlaceOptions = field(default_factory=PlaceOptions)
    log: LogOptions = field(default_factory=LogOptions)

    def __post_init__(self) -> None:
        """Check every range, and options against each other; UserError names the first that does not fit."""
        for name, value in self.flat().items():
            limits = next((part for part in get_args(known()[name].declared) if isinstance(part, Within)), None)
            if isinstance(value, str) and not value.isprintable():
                raise UserError(f"{flag(name)} {value!r:.200}: expected text that can be printed")
            for number in value if isinstance(value, tuple) else (value,):
                if limits is not None and number is not None and number not in limits:
                    raise UserError(f"{flag(name)} {shown(number)}: expected a number in {limits}")
        if (n := len(self.network.layers)) > MOST_LAYERS:
            raise UserError(f"--layers: {n} hidden layers, expected at most {MOST_LAYERS}")
        if self.network.loss == "cross_entropy" and self.network.output != "sigmoid":
            raise UserError(
                f"--output {self.network.output}: cross-entropy needs a sigmoid output; add --loss squared_error"
            )
        if len(self.network.activation) not in (1, len(self.network.layers)):
            raise UserError(
                f"--activation {' '.join(self.network.activation)}: expected one activation, or one for each of the "
                f"{len(self.network.layers)} hidden layers"
            )
        form, network, descent = self.place.form, self.network, self.descent
        if form != "deep" and (self.place.engine, network.loss, descent.l2) != ("numpy", "cross_entropy", 0):
            raise UserError(f"--form {form}: expected --engine numpy, cross-entropy and no --l2, as in the notes")
        if violation := form_violation(form, network.layers, network.activation, descent.batch_size):
            raise UserError(f"--form {form}: {violation}")
        if self.place.first_layer == "gram" and (violation := gram_violation(form, descent.batch_size)):
            raise UserError(f"--first-layer gram: {violation}")
        if self.log.prove and form != "deep":
            raise UserError(f"--prove: expected --form deep, whose lines are known, not {form}")
        if self.place.engine == "numpy" and self.place.device == "cuda":
            raise UserError("--device cuda: the NumPy engine runs on the CPU; use --engine torch or --device cpu")
        _check_files(self.data)

    def flat(self) -> dict[str, Any]:
        """Return every option by its name."""
        return {name: value for group in fields(self) for name, value in vars(getattr(self, group.name)).items()}

    def changed(self, **options: Any) -> "Config":
        """Return a copy in which options, given by name, have other values."""
        by_group: dict[str, dict[str, Any]] = {}
        for name, value in options.items():
            by_group.setdefault(known()[name].group, {})[name] = value
        return replace(self, **{g: replace(getattr(self, g), **values) for g, values in by_group.items()})

    @property
    def head(self) -> Head:
        """What the network computes, and what it is told."""
        g = self.network.activation
        return Head(g[0] if len(g) == 1 else g, self.network.output, self.network.loss, self.descent.l2)

    @property
    def warnings(self) -> list[str]:
        """Options that have no effect."""
        shown = {} if self.log.board else {"parity_every": self.log.parity_every, "histograms": self.log.histograms}
        idle = [f"{flag(name)} {value}" for name, value in shown.items() if value]
        return [f"--no-board: {' and '.join(idle)} without effect, as the board shows them"] if idle else []

    def to_json(self) -> dict[str, Any]:
        """Return the options as JSON has them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self.flat().items()}


class Option(NamedTuple):
    """The field of `Config` that an option belongs to, and its type with its range and help."""

    group: str
    declared: Any


@cache
def known() -> Mapping[str, Option]:
    """Return every option by its name."""
    groups = {group: get_type_hints(hint, include_extras=True) for group, hint in get_type_hints(Config).items()}
    return {name: Option(group, declared) for group, hints in groups.items() for name, declared in hints.items()}


def names_of(group: type) -> set[str]:
    """Return the names of the options of a group."""
    return {each.name for each in fields(group)}


def _check_files(options: DataOptions) -> None:
    data = options.data
    kind = Path(data).suffix.lower() if data not in PRESETS else ""
    if kind not in ("", ".h5", ".csv") or (kind == "" and data not in PRESETS):
        hint = did_you_mean(data, PRESETS)
        raise UserError(f"--data {data}: expected {', '.join(PRESETS)}, FILE.h5 or FILE.csv{hint}")
    if options.test is not None and not kind:
        raise UserError(f"--test {options.test}: {data} has its own test set; --test goes with FILE.h5, FILE.csv")
    if options.stream == "always" and kind != ".h5":
        raise UserError(f"--stream always: expected --data FILE.h5, not {data}")
    if (options.label is None) is (kind == ".csv"):
        given = "no --label" if options.label is None else f"--label {options.label}"
        raise UserError(f"--data {data} with {given}: --label names the column of FILE.csv to be predicted")


PRICES = {"output": "relu", "loss": "squared_error"}
# What trains well on each of the data sets, where it is not what trains well on the digits.
PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "digits": {"learning_rate": 0.1},
        "cancer": {"layers": (), "learning_rate": 0.1, "iterations": 1000},
        "flower": {"layers": (4,), "activation": ("tanh",), "init": "scaled", "learning_rate": 0.3, "iterations": 5000},
        "housing": {"layers": (), **PRICES, "learning_rate": 0.1, "momentum": 0.0, "iterations": 500},
        "xor": {"layers": (16,), "activation": ("tanh",), "init": "scaled", "learning_rate": 0.3, "iterations": 2000},
    }
)


# What trains well on pictures of any size: as the course trains its cats, a little penalised.
FILE_PRESETS = MappingProxyType({".h5": {"init": "scaled", "momentum": 0.0, "l2": 1.0}})


def describe(config: Config) -> list[tuple[str, Any, str]]:
    """Return name, value and meaning of every option."""
    helps = {name: get_args(option.declared)[-1].help for name, option in known().items()}
    return [(flag(name), value, str(helps[name])) for name, value in config.flat().items()]


def shown(value: object) -> str:
    """Return a value as a message has it, at most 100 characters; Python writes no integer of very many digits."""
    try:
        return f"{value!r:.100}"
    except ValueError:
        return "an integer of more than 4300 digits"


def flag(name: str) -> str:
    """Return an option as it is written on the command line."""
    return f"--{name.replace('_', '-')}"


def preset(data: str) -> Config:
    """Return the options that suit a data set; of a file, those that suit its kind, without its name."""
    if data in PRESETS:
        return Config().changed(data=data, **PRESETS[data])
    return Config().changed(**FILE_PRESETS.get(Path(data).suffix.lower(), {}))
