"""The words of the board: what was trained, by which formulas, how it ended; charts by name; hyper-parameters."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.api_pb2 import Status
from tensorboard.plugins.hparams.metadata import SESSION_END_INFO_TAG, create_summary_metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from torch.utils.tensorboard.summary import hparams

from backproof.training.loop import FIGURES
from backproof.training.loop import Summary as End
from backproof.training.options import Config, LogOptions, describe, names_of
from parity_tests.compare import THRESHOLD_U
from parity_tests.sources import source_of, summary
from reference_numpy import activations, deep, descent, initialization, losses, prediction
from reference_numpy.equations import as_text
from reference_numpy.registry import Formula, formula_of

from . import links
from .figures import Moment

LIMIT = THRESHOLD_U["float64"]
PROOF = "The proof"
# Charts of several curves, by category and title; a tag is a regular expression.
LAYOUT: Mapping[str, Mapping[str, str]] = {
    "Training against test": {"cost": r"cost/(train|test)", "accuracy": r"accuracy/(train|test)"},
    "Layer by layer": {
        "norm of the gradient": r"gradient_norm/.*",
        "update relative to the weight": r"update_ratio/.*",
        "share of dead units": r"dead_units/.*",
    },
    PROOF: {
        "largest error, in powers of ten of the threshold at 0": r"proof/.*",
        f"error of every hand-derived gradient, in u; it agrees below {LIMIT:.1e}": r"parity/.*",
        "error of every gradient that the run learns from, in u of its dtype": r"parity_of_run/.*",
        "cost": r"cost/(train|test)",
    },
}


def layout(moment: Moment) -> dict[str, dict[str, list[Any]]]:
    """Return the charts of the tab Custom Scalars; those of the proof where there is one."""
    return {
        category: {title: ["Multiline", [tags]] for title, tags in charts.items()}
        for category, charts in LAYOUT.items()
        if category != PROOF or moment.config.log.parity_every
    }


def session(moment: Moment) -> Any:
    """Return what the tab HParams needs: every option that determines the result.

    torch makes two more summaries: a list of options, without which TensorBoard finds by itself those that differ
    between runs and shows them first, with every curve as a metric; and the end, which is still to come.
    """
    config = moment.config
    values = {name: value for name, value in config.flat().items() if name not in names_of(LogOptions)}
    values |= {
        "layers": "-".join(map(str, config.network.layers)) or "none",
        "activation": "-".join(config.network.activation),
        "batch_size": config.descent.batch_size or "all",
        "data": Path(config.data.data).name,
        "test": Path(config.data.test or "").name,
        "label": config.data.label or "",
        "threads": config.place.threads or 0,
    }
    return hparams(values, {})[1]


def session_end(end: End) -> Any:
    """Return what the tab HParams needs to know of the end."""
    status = Status.Value("STATUS_FAILURE" if end.status.exit_status else "STATUS_SUCCESS")
    data = HParamsPluginData(session_end_info=SessionEndInfo(status=status))
    return Summary(value=[Summary.Value(tag=SESSION_END_INFO_TAG, metadata=create_summary_metadata(data))])


def configuration(moment: Moment) -> str:
    """Describe every option with its meaning, and the data."""
    dataset, config = moment.dataset, moment.config
    n_x, m = dataset.train.X.shape
    facts = [
        ("network", "-".join(map(str, [n_x, *config.network.layers, 1]))),
        ("training examples", m),
        ("test examples", dataset.test.X.shape[1] if dataset.test else 0),
        ("classes", ", ".join(dataset.classes) if dataset.classes else "none: a quantity is predicted"),
        *((f"sha256 of {path}", f"`{sum_}`") for path, sum_ in dataset.files.items()),
    ]
    options = [(f"`{name}`", _written(value), help_) for name, value, help_ in describe(config)]
    data = table(("data", ""), facts)
    return f"{data}\n\n### Options\n\n{table(('option', 'value', 'meaning'), options)}"


def formulas(moment: Moment) -> str:
    """Return equation, source and code of every formula that these options use."""
    config = moment.config
    by_whom = {
        "numpy": "This run used the functions below.",
        "torch": "This run used torch's own; `backproof verify` proves that they agree with the functions below.",
    }[config.place.engine]
    return "\n\n".join(
        [by_whom, *(_entry(formula_of(function)) for function in used(config, moment.dataset.classes is not None))]
    )


def used(config: Config, classes: bool) -> list[Callable[..., Any]]:
    """Return the formulas that a training with these options uses, in their order."""
    hidden = [activations.ACTIVATIONS[name] for name in config.network.activation if config.network.layers]
    output, output_prime = activations.ACTIVATIONS[config.network.output]
    cross_entropy = config.network.loss == "cross_entropy"
    chosen: dict[Callable[..., Any], bool] = {
        initialization.initialize_parameters: True,
        deep.deep_forward: True,
        **{g: True for g, _ in hidden},
        output: True,
        losses.cross_entropy_from_logits: cross_entropy,
        losses.squared_error: not cross_entropy,
        losses.cost: True,
        deep.l2_penalty: config.descent.l2 > 0,
        deep.deep_cost: True,
        deep.deep_gradients: True,
        **{g_prime: True for _, g_prime in hidden},
        output_prime: not cross_entropy or output_prime in [g_prime for _, g_prime in hidden],
        descent.update_with_momentum: config.descent.momentum > 0,
        descent.update_parameters: config.descent.momentum == 0,
        prediction.threshold: classes,
        prediction.accuracy: classes,
    }
    return [function for function, is_used in chosen.items() if is_used]


def outcome(end: End) -> str:
    """Say how a run ended."""
    words = [f"**{end.status}** after {end.iterations} iterations, in {end.seconds:.1f} s", end.reason or ""]
    last = end.to_json()
    figures = [(name.replace("_", " "), f"{last[name]:.6g}") for name in FIGURES if last[name] is not None]
    words += [f"- {finding}" for finding in end.findings]
    words += [table(("at the end", ""), figures)] if figures else []
    return "\n\n".join(filter(None, words))


def table(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def link(name: str, config: Config) -> str:
    """Return the page where TensorBoard shows the curves of a run, the proof among them."""
    tags = "|".join(["cost", "accuracy", *(["proof", "parity"] if config.log.parity_every else [])])
    return links.link(name, tags=f"^({tags})/")


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    return "" if value is None else f"{value}"


def _equations(formula: Formula) -> list[str]:
    """Return the equations of a formula, one on a line."""
    return re.split(r"(?<=,) (?=[^,={}()]+ :?= )", as_text(formula.latex))


def _entry(formula: Formula) -> str:
    path, line, code = source_of(formula.function)
    return "\n".join(
        [
            f"### {formula.id}",
            "",
            f"{summary(formula.function)} {', '.join(formula.systems)}; {formula.source}. {path}:{line}",
            "",
            "```",
            *(fill(line, 100, break_long_words=False, break_on_hyphens=False) for line in _equations(formula)),
            "",
            code,
            "```",
        ]
    )
