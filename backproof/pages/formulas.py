"""The page of all formulas, docs/formulas.md."""

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from parity_tests.sources import source_of, summary
from parity_tests.truth import gradients_for
from parity_tests.witnesses import twin_of
from reference_numpy._formula import FORMULAS, Formula, shapes_text

PAGE = Path("docs/formulas.md")
SYSTEMS = {
    "S1": "data and notation",
    "S2": "calculus warm-up",
    "S3": "computation graph",
    "S4": "logistic regression, one example",
    "S5": "logistic regression, m examples, explicit loops",
    "S6": "logistic regression, vectorised",
    "S7": "the absorbed-bias form",
    "S8": "squared-error loss, and why it is not used for classification",
    "S9": "likelihood",
    "S10": "vectorisation",
    "S11": "broadcasting",
    "S12": "activations and their derivatives",
    "S13": "shallow network, one example",
    "S14": "shallow network, vectorised",
    "S15": "why activations must be non-linear",
    "S16": "initialisation and symmetry",
    "S17": "deep L-layer network",
    "S18": "building blocks",
    "S19": "matrix dimensions",
    "S20": "why depth: circuits",
    "S21": "gradient descent and training",
    "S22": "hyper-parameters: momentum, mini-batches, regularisation",
    "S23": "housing price",
    "S24": "Lee's forms",
    "S25": "prediction",
}


def formulas_page() -> str:
    """The page of all formulas in Markdown, LaTeX as GitHub renders it."""
    lines = [
        "# Formulas",
        "",
        "Generated from the declarations by `make docs`; a test fails when it is stale.",
        "",
        "X (n_0, m) holds the examples in columns. dV is dJ/dV; of a quantity per example (Z, A) it is m dJ/dV.",
        "",
        "## By system of the notes",
        "",
        "| system | what it is | formulas |",
        "|---|---|---|",
        *(_system_row(system, title) for system, title in SYSTEMS.items()),
        "",
    ]
    for topic in dict.fromkeys(f.topic for f in FORMULAS.values()):
        module = import_module(f"reference_numpy.{topic}")
        lines += [f"## {topic}", "", (inspect.getdoc(module) or "").splitlines()[0], ""]
        for formula in (f for f in FORMULAS.values() if f.topic == topic):
            lines += _entry(formula)
    return "\n".join(lines)


def _system_row(system: str, title: str) -> str:
    links = [f"[`{f.id}`](#{_anchor(f)})" for f in FORMULAS.values() if system in f.systems]
    return f"| {system} | {title} | {', '.join(links)} |"


def _anchor(formula: Formula) -> str:
    return formula.id.replace(".", "").lower()


def _entry(formula: Formula) -> list[str]:
    forward = formula.of or formula.same_as or formula
    relation = ""
    if formula.of:
        relation = f"Derivative of [`{formula.of.id}`](#{_anchor(formula.of)}). "
    if formula.same_as:
        relation = f"Loop form of [`{formula.same_as.id}`](#{_anchor(formula.same_as)}). "
    return [
        f"### {formula.id}",
        "",
        f"{summary(formula.function)} {relation}".rstrip(),
        "",
        "```math",
        formula.latex,
        "```",
        "",
        f"- shapes: `{shapes_text(formula)}`",
        f"- source: {', '.join(formula.systems)}; {formula.source}",
        f"- by hand: {_link(formula.function)}; torch: {_link(twin_of(forward))}",
        f"- witnesses: {witnesses(formula)}",
        "",
    ]


def witnesses(formula: Formula) -> str:
    """Who confirms a formula, in words."""
    if formula.of:
        return "autograd through the torch twin, autograd through the NumPy forward, complex step"
    proved = ", ".join(f"[`{g.id}`](#{_anchor(g)})" for g in gradients_for(formula))
    return "the torch twin's value" + (f"; its derivatives are proved at {proved}" if proved else "")


def _link(function: Callable[..., Any]) -> str:
    path, line, _ = source_of(function)
    return f"[{path}:{line}](../{path}#L{line})"
