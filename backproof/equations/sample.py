"""Samples of a formula: what it is given, what it returns, and the functions that its equation speaks of."""

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.cases import Case
from parity_tests.sampling import Sample, samples
from parity_tests.truth import run_forward, upstream_of
from parity_tests.witnesses import Named, arguments_of, results_of
from reference_numpy import losses
from reference_numpy.activations import ACTIVATIONS
from reference_numpy.registry import Formula
from shapes.arguments import unchecked
from shapes.names import last_layer
from shapes.network import hidden_layers

from .symbols import DRAWS, FUNCTIONS, GIVEN
from .world import Symbols

Functions = dict[str, Callable[..., Any]]

LARGEST = 20.0  # of an exponent: beyond, equations as they stand overflow or cancel where the NumPy does not
DEPTHS = (3, 2)


@dataclass(frozen=True)
class Instance:
    """One sample: the values that the formula is given by name, its results, and the functions of its equation."""

    given: Symbols
    results: Symbols
    functions: Functions
    layers: int
    context: str
    sizes: Mapping[str, int]
    claims: Named


def forward_runs(case: Case, seed: int = 0) -> Iterator[tuple[Sample, Named, Any]]:
    """Yield the proof samples of a case, with weights of moderate logits, and what its formula makes of them."""
    for i, fixed in enumerate(case.variants):
        draws = {**case.draws, **DRAWS.get(case.formula.id, {})}
        for sample in samples(case.formula, fixed, draws, DEPTHS, seed + 1000 * i, "float64", ()):
            moderate = replace(sample, arguments={k: _moderate(v, k) for k, v in sample.arguments.items()})
            yield moderate, *run_forward(case.formula, moderate, random=True)


def _moderate(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _moderate(entry, key) for key, entry in value.items()}
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    if re.fullmatch(r"[Ww]\d*|W_next|theta", name):
        return value / np.sqrt(value.shape[-1 if name[0] == "W" else 0])
    return np.clip(value, -LARGEST, LARGEST)


def instance(formula: Formula, sample: Sample, pool: Named, cotangent: Any) -> Instance:
    """Return what one formula of a case is given and returns on a sample."""
    forward = formula.of or formula
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(forward.function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    if formula.of is None:
        arguments = dict(sample.arguments)
    else:
        upstream = upstream_of(formula)
        known = pool | ({upstream: np.asarray(cotangent)[()]} if upstream else {})
        arguments = {name: known[name] for name in formula.arguments if name in known}
    with unchecked():
        claims = results_of(formula, formula.function(**copy.deepcopy(arguments)))
    own = arguments_of(arguments) | arguments
    given = Symbols(defaults | (pool if formula.of else {}) | own)
    layers = max(last_layer(given.get("parameters", {})), last_layer(given), last_layer(claims), 1)
    results = Symbols({name: value for name, value in claims.items() if not callable(value)})
    for symbols in (given, results):
        alias(symbols, layers)
    settings = defaults | sample.arguments
    given |= _sizes(formula, given, sample, layers) | _options(formula, settings)
    if formula.id in GIVEN:
        given |= GIVEN[formula.id](given, results)
        alias(given, layers)
    context = f"{sample.kind} sample, {', '.join(f'{k}={v}' for k, v in sample.sizes.items())}"
    return Instance(given, results, functions_of(formula, settings, layers), layers, context, sample.sizes, claims)


def alias(symbols: Symbols, layers: int) -> None:
    """Add the names that the values have in equations: of layer l, of the layer before, of the last."""
    for word, value in list(symbols.items()):
        if slope := re.fullmatch(r"d[A-Za-z]_d(.*)", word):
            symbols[f"d{slope[1]}"] = value
        elif velocity := re.fullmatch(r"v([Wb])(\d+)", word):
            symbols[f"v{velocity[2]}_{velocity[1]}"] = value
        elif word.endswith("_prev"):
            symbols[word.removesuffix("_prev") + "0"] = value
        elif word.endswith("_next"):
            symbols[word.removesuffix("_next") + "2"] = value
        elif re.fullmatch("d?AL", word):
            symbols[word[:-1] + str(layers)] = value
        elif re.fullmatch("d?[AaZzWb]", word) and layers == 1:
            symbols[word + "1"] = value


def _sizes(formula: Formula, given: Symbols, sample: Sample, layers: int) -> Named:
    """The number of examples, and of units of each layer."""
    found: Named = {}
    for name, quantity in formula.known.items():
        if quantity.dims and isinstance(given.get(name), np.ndarray):
            found |= dict(zip(quantity.dims, given[name].shape, strict=False))
    sizes = {"n": [int(sample.sizes.get(f"n_{l}", 0)) for l in range(layers + 1)]} if layers > 1 else {}
    sizes |= {name: found[dim] for name, dim in (("m", "m"), ("m", "N"), ("n", "n")) if dim in found}
    return {name: size for name, size in sizes.items() if name not in given}


def _options(formula: Formula, settings: Named) -> Named:
    """Each word of a choice, true where it is chosen, and what a head tells."""
    found: Named = {}
    for name, quantity in (formula.of or formula).arguments.items():
        found |= {word: word == settings[name] for word in quantity.words if not quantity.of_each_layer}
    if head := settings.get("head"):
        found |= {"l2": head.l2, "cross_entropy": head.loss == "cross_entropy"}
        found["squared_error"] = not found["cross_entropy"]
    return found


def functions_of(formula: Formula, settings: Named, layers: int) -> Functions:
    """Return the functions of an equation: sigma, g and g' of each layer, the loss of one example."""
    head, forward = settings.get("head"), formula.of or formula
    loss = losses.squared_error if head and head.loss == "squared_error" else losses.cross_entropy
    named: dict[str, Callable[..., Any]] = {"L": lambda a, y: np.sum(loss(a, y), axis=0, keepdims=True), **FUNCTIONS}
    named["sigma"], named["sigma_prime"] = ACTIVATIONS["sigmoid"]
    named["relu"], named["relu_prime"] = ACTIVATIONS["relu"]
    if callable(settings.get("f")):
        named["f"] = settings["f"]
    if "pictures" in settings:
        named["picture"] = lambda i: settings["pictures"][i]
    activation = settings.get("activation", head.activation if head else None)
    if activation is not None:
        of_each = head is not None or forward.arguments["activation"].of_each_layer
        output = settings.get("output", head.output if head else "sigmoid")
        words = (*hidden_layers(activation, layers), output) if of_each else (activation,) * layers
        for l, word in enumerate(words, start=1):
            named[f"g{l}"], named[f"g{l}_prime"] = ACTIVATIONS[word]
        named["g"], named["g_prime"] = ACTIVATIONS[words[0]]
    return named | _declared_here(formula, forward, settings)


def _declared_here(formula: Formula, forward: Formula, settings: Named) -> Functions:
    """Return the functions that letters stand for where an equation declares what they are: g(z), f(a), L(a, y)."""
    letters = {"calculus": "f", "losses": "L", "activations": "tanh" if forward.name == "tanh" else "g"}
    if formula.topic not in letters or len(forward.arguments) > 2 or not forward.results.keys() & {"A", "L", "f"}:
        return {}
    letter = letters[formula.topic]
    of_logits = forward.name == "cross_entropy_from_logits"
    declared = {letter: losses.cross_entropy if of_logits else _of(forward, settings)}
    return declared | ({f"{letter}_prime": _of(formula, settings)} if formula.of else {})


def _of(formula: Formula, settings: Named) -> Callable[..., Any]:
    """The formula as a function of the arguments that an equation names; options are as the sample has them."""
    names = list(formula.arguments)

    def function(*values: Any) -> Any:
        given = dict(zip(names, (np.asarray(value, dtype=np.float64) for value in values), strict=False))
        rest = {name: settings[name] for name in names[len(values) :] if name in settings}
        return formula.function(**given, **rest)

    return function
