"""One row for each forward formula: which options it is run with, and what cannot be drawn from its declaration.

Sizes, values and the options of a single choice come from the declaration; every gradient of a formula, and every
loop form, is proved by the formula's row.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, count, pairwise, takewhile
from typing import Any

import numpy as np

from reference_numpy import (
    activations,
    blocks,
    broadcasting,
    calculus,
    circuits,
    deep,
    descent,
    dimensions,
    freivalds,
    gram,
    graph,
    housing,
    initialization,
    linearity,
    logistic,
    loops,
    losses,
    neuron,
    notation,
    prediction,
    shallow,
    shards,
    vectorization,
)
from reference_numpy.registry import Formula, formula_of
from shapes.language import parse

from .sampling import CORNERS, Draw, Sizes, values


@dataclass(frozen=True)
class Case:
    """One forward formula with its variants: fixed options, draws of special arguments, depths of the network.

    An option that is a record may be fixed in part, by a dictionary; the rest of it is drawn.
    """

    formula: Formula
    variants: tuple[dict[str, Any], ...]
    draws: dict[str, Draw] = field(default_factory=dict)
    depths: tuple[int, ...] = (3, 2, 1, 4)
    corners: tuple[str, ...] = CORNERS


def case(
    function: Callable[..., Any], *variants: dict[str, Any], corners: tuple[str, ...] = CORNERS, **draws: Draw
) -> Case:
    """Return a row; without variants, it has one for each word of the arguments that are a choice of words."""
    formula = formula_of(function)
    return Case(formula, variants or tuple(_choices(formula)), draws, corners=corners)


def _choices(formula: Formula) -> list[dict[str, Any]]:
    choices: dict[str, tuple[Any, ...]] = {name: q.words for name, q in formula.arguments.items() if q.words}
    if not choices:
        return [{}]
    first = {name: words[0] for name, words in choices.items()}
    others = [first | {name: word} for name, words in choices.items() for word in words if word != first[name]]
    others += [first | {name: MIXED} for name in choices if formula.arguments[name].of_each_layer]
    parameters = inspect.signature(formula.function).parameters
    defaults: list[dict[str, Any]] = (
        [{}] if all(parameters[name].default is not inspect.Parameter.empty for name in choices) else []
    )
    return [*others, first, *defaults]


def _network_sizes(sizes: Sizes, rng: np.random.Generator) -> list[int]:
    return [int(n) for n in rng.permutation([5, 3, 2, 7])]


def _labels(sizes: Sizes, rng: np.random.Generator) -> Any:
    return values(PROBABILITIES, sizes, rng)


def _unsaturated(sizes: Sizes, rng: np.random.Generator) -> Any:
    """Draw weights of moderate logits: the cost formed from probabilities loses its digits where 1 - a cancels."""
    layers = list(takewhile(bool, (sizes.get(f"n_{l}", 0) for l in count())))
    weights = {f"W{l}": rng.standard_normal(pair[::-1]) for l, pair in enumerate(pairwise(layers), start=1)}
    scaled = {name: W / np.sqrt(W.shape[1]) for name, W in weights.items()}
    return scaled | {f"b{l}": rng.standard_normal((n, 1)) for l, n in enumerate(layers[1:], start=1)}


def _coordinates(sizes: Sizes, rng: np.random.Generator) -> Any:
    """Draw coordinates of moderate logits, as 1 - a cancels in saturated units."""
    return rng.standard_normal((sizes["n_1"], sizes["m"])) / sizes["m"]


def _with_ties(sizes: Sizes, rng: np.random.Generator) -> Any:
    """Draw probabilities, some of them exactly at a threshold."""
    return rng.choice([0.1, 0.3, 0.5, 0.7, 0.9], (sizes["n"], sizes["m"]))


def _columns(sizes: Sizes, rng: np.random.Generator) -> list[Any]:
    return [rng.standard_normal((5, 1)) for _ in range(3)]


def _unequal(sizes: Sizes, rng: np.random.Generator) -> list[int]:
    """Cut m examples into three shards, one of them small and one empty."""
    few = sizes["m"] // 3
    return [sizes["m"] - few, 0, few]


def _positive(sizes: Sizes, rng: np.random.Generator) -> Any:
    return np.float64(rng.uniform(0.5, 2))


def _probability(sizes: Sizes, rng: np.random.Generator) -> Any:
    return np.float64(rng.uniform(0.1, 0.9))


def _fresh(sizes: Sizes, rng: np.random.Generator) -> Any:
    return FreshNormal(int(rng.integers(1000)))


class FreshNormal:
    """A legacy generator that starts anew after the three weights of a network, so that both sides see the same."""

    def __init__(self, seed: int) -> None:
        self.seed, self.state, self.left = seed, np.random.RandomState(seed), 3

    def standard_normal(self, size: tuple[int, int]) -> Any:
        """Draw N(0, 1), as RandomState.randn does."""
        return self._counted(self.state.standard_normal(size))

    def uniform(self, *, size: tuple[int, int]) -> Any:
        """Draw from [0, 1), as RandomState.rand does."""
        return self._counted(self.state.uniform(size=size))

    def _counted(self, drawn: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            self.state, self.left = np.random.RandomState(self.seed), 3
        return drawn


PROBABILITIES = parse("Y (n_L, m) in [0, 1]")["Y"]
HIDDEN = tuple(activations.ACTIVATIONS)
MIXED = ("tanh", "relu", "sigmoid")  # g of each hidden layer; a network takes as many as it has
OUTPUTS = (("sigmoid", "cross_entropy"), *((name, "squared_error") for name in HIDDEN))
NETWORKS = tuple(
    {"head": {"activation": activation, "output": output, "loss": loss}}
    for activation, (output, loss) in chain(
        ((name, OUTPUTS[0]) for name in (*HIDDEN, MIXED)), (("tanh", other) for other in OUTPUTS[1:])
    )
)
FUNCTIONS = (calculus.triple, calculus.square, calculus.cube, calculus.natural_log)
HIDDEN_TRAINED = tuple({"activation": name, "alpha": 0.05, "iterations": 4} for name in HIDDEN)

CASES = (
    case(notation.picture_by_planes),
    case(notation.picture_to_column),
    case(notation.flatten_pictures),
    case(notation.stack_columns, xs=_columns),
    case(notation.scale_pixels),
    case(notation.split_examples, corners=("square",), m_train=lambda sizes, rng: sizes["m"] // 2),
    case(calculus.slope, *({"f": f, "nudge": 0.001} for f in FUNCTIONS), a=_positive),
    case(calculus.triple),
    case(calculus.square),
    case(calculus.cube),
    case(calculus.natural_log),
    case(graph.graph_forward),
    case(activations.sigmoid),
    case(activations.tanh),
    case(activations.relu),
    case(activations.leaky_relu),
    case(activations.identity),
    case(losses.cross_entropy),
    case(losses.cross_entropy_by_cases),
    case(losses.cross_entropy_loss, {"y": 0.0}, {"y": 1.0}, y_hat=_probability),
    case(losses.cross_entropy_from_logits),
    case(losses.cross_entropy_curvature),
    case(losses.squared_error),
    case(losses.squared_error_curvature),
    case(losses.likelihood),
    case(losses.labels_likelihood),
    case(losses.log_likelihood),
    case(losses.cost),
    case(logistic.logistic_example_loss),
    case(logistic.logistic_forward),
    case(logistic.logistic_cost),
    case(logistic.absorbed_example_loss),
    case(logistic.absorb_bias),
    case(logistic.absorbed_cost),
    case(vectorization.dot),
    case(broadcasting.broadcast_row),
    case(broadcasting.broadcast_column),
    case(broadcasting.broadcast_number),
    case(broadcasting.sum_vertically),
    case(broadcasting.sum_horizontally),
    case(broadcasting.column_percentages, corners=("square",)),  # one row: the share is 100, its gradient 0/0 noise
    case(initialization.initialize_parameters, layers=_network_sizes, rng=_fresh),
    case(dimensions.layer_shapes, layers=_network_sizes),
    case(shallow.shallow_example_loss),
    case(shallow.shallow_forward),
    case(shallow.shallow_cost),
    case(deep.deep_forward),
    case(deep.l2_penalty),
    case(deep.deep_cost, *NETWORKS, Y=_labels),
    case(deep.deep_example_loss, parameters=_unsaturated),
    case(deep.next_linear),
    case(blocks.linear_example_forward),
    case(blocks.linear_forward),
    case(blocks.activation_example_forward),
    case(blocks.activation_forward),
    case(blocks.linear_activation_forward),
    case(blocks.model_forward),
    case(blocks.compute_cost),
    case(blocks.model_cost, parameters=_unsaturated),
    case(linearity.collapse),
    case(linearity.linear_network),
    case(circuits.deep_xor_network, *({"n": n} for n in (2, 3, 5, 8))),
    case(circuits.shallow_xor_network, *({"n": n} for n in (2, 3, 5, 8))),
    case(circuits.count_hidden_units),
    case(circuits.parity, corners=("one example", "square")),
    case(descent.logistic_update),
    case(descent.logistic_example_update),
    case(descent.update_parameters),
    case(descent.update_with_momentum, {}, {"beta": 0.0}),
    case(
        descent.batch_indices,
        {},
        {"batch_size": 9},
        corners=(),
        order=lambda sizes, rng: rng.permutation(20),
    ),
    case(
        descent.mini_batches,
        {},
        {"batch_size": 9},
        corners=(),
        X=lambda sizes, rng: rng.standard_normal((3, 20)),
        Y=lambda sizes, rng: rng.standard_normal((2, 20)),
        order=lambda sizes, rng: rng.permutation(20),
    ),
    case(shards.sharded_cost, *(NETWORKS[i] for i in (1, 7)), Y=_labels, sizes=_unequal),
    case(descent.descent_step, *NETWORKS, Y=_labels),
    case(descent.gradient_descent, *({**NETWORKS[i], "alpha": 0.05, "iterations": 4} for i in (1, 4, 5, 7)), Y=_labels),
    case(gram.gram_matrices),
    case(gram.span_weights),
    case(gram.span_product),
    case(gram.span_square),
    case(gram.span_slopes),
    case(gram.gram_cost, *NETWORKS, Y=_labels, C=_coordinates),
    case(freivalds.linear_residual),
    case(freivalds.dW_residual),
    case(freivalds.dA_residual),
    case(freivalds.residual_bound, {"epsilon": 2.0**-20}),
    case(housing.housing_cost),
    case(neuron.neuron),
    case(neuron.neuron_cost),
    case(neuron.propagate_forward),
    case(loops.logistic_regression, {"alpha": 0.05, "iterations": 4}),
    case(loops.logistic_one_by_one, {"alpha": 0.05, "epochs": 2}),
    case(loops.shallow_network, *HIDDEN_TRAINED),
    case(
        loops.outline, *HIDDEN_TRAINED, {"activation": MIXED, "alpha": 0.05, "iterations": 4}, parameters=_unsaturated
    ),
    case(loops.lee_network, {"alpha": 0.05, "n_epochs": 4}),
    case(prediction.threshold, {"at": 0.5}, {"at": 0.3}, A=_with_ties),
    case(prediction.accuracy),
    case(prediction.predict),
)
