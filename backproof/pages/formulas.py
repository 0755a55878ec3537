"""The page of all formulas, docs/formulas.md."""

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from parity_tests.modules import MODULES
from parity_tests.sources import source_of, summary
from parity_tests.truth import gradients_for
from parity_tests.witnesses import counterpart_of
from reference_numpy.registry import FORMULAS, Formula, in_order, shapes_text
from reference_numpy.systems import SYSTEMS, TOPICS

PAGE = Path("docs/formulas.md")
CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}")
WIDTH = 60  # letters of an equation that fit beside each other on a page


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
    for topic in TOPICS:
        module = import_module(f"reference_numpy.{topic}")
        lines += [f"## {topic}", "", (inspect.getdoc(module) or "").splitlines()[0], ""]
        for formula in (f for f in FORMULAS.values() if f.topic == topic):
            lines += _entry(formula)
    return "\n".join(lines)


def _system_row(system: str, title: str) -> str:
    links = [f"[`{f.id}`](#{anchor(f)})" for f in in_order() if system in f.systems]
    return f"| {system} | {title} | {', '.join(links)} |"


def anchor(formula: Formula) -> str:
    """Return the anchor of a formula on its page."""
    return formula.id.replace(".", "").lower()


def _entry(formula: Formula) -> list[str]:
    forward = formula.of or formula.same_as or formula
    relation = ""
    if formula.of:
        relation = f"Derivative of [`{formula.of.id}`](#{anchor(formula.of)}). "
    if formula.same_as:
        relation = f"Another form of [`{formula.same_as.id}`](#{anchor(formula.same_as)}). "
    return [
        f"### {formula.id}",
        "",
        f"{summary(formula.function)} {relation}".rstrip(),
        "",
        "```math",
        *equations(formula.latex),
        "```",
        "",
        f"- shapes: `{shapes_text(formula)}`",
        f"- source: {', '.join(formula.systems)}; {formula.source}",
        f"- witnesses: {witnesses(formula)}",
        "",
        *_code("by hand", formula.function),
        *_code("torch, what autograd differentiates" if formula.of else "torch", counterpart_of(forward)),
    ]


def equations(latex: str) -> list[str]:
    """Return the equations of a formula in one line, or each in a line of its own where they are wider than a page."""
    if width(latex) <= WIDTH:
        return [latex]
    inside, statements = 0, [""]
    for part in re.split(r"(, \\quad |, \\; )", latex):  # the separators between equations, and within a set
        if inside == 0 and part.startswith(", "):
            statements.append("")
        else:
            statements[-1] += part
        inside += len(re.findall(r"\\left", part)) - len(re.findall(r"\\right", part))
    statements = [link for statement in statements for link in _links(statement)]
    aligned = [re.sub(r"^(.*?) (=|\\in|\\mathrel)", r"\1 &\2", statement, count=1) for statement in statements]
    lines = [line if re.match(r"[^&]*&[=\\]", line) else f"&{line}" for line in aligned]
    return [r"\begin{aligned}", *(rf"{line} \\" for line in lines[:-1]), lines[-1], r"\end{aligned}"]


def _links(statement: str) -> list[str]:
    """Return an equation, or each link of a chain that is wider than a page."""
    if width(statement) <= WIDTH or "{cases}" in statement:
        return [statement]
    first, *others = re.split(r" (?== )", statement)
    return [f"{first} {others[0]}", *others[1:]] if others else [first]


def width(latex: str) -> int:
    """Estimate how many letters a line of LaTeX is wide: a command counts as one, braces and scripts as nothing.

    Cases are as wide as the widest of them.
    """
    latex = CASES.sub(lambda match: max(match.group(1).split(r"\\"), key=width), latex)
    return len(re.sub(r"[{}^_ ]", "", re.sub(r"\\[a-zA-Z]+", "x", latex)))


def witnesses(formula: Formula) -> str:
    """Who confirms a formula, in words."""
    row = MODULES.get(formula.of or formula.same_as or formula)
    module = f"`{row.kind.__name__}`" if row and row.kind else "module of torch.nn" if row else ""
    if formula.of:
        through = f"autograd through the torch counterpart{f' and through the {module}' if row else ''}"
        return f"{through}, autograd through the NumPy forward, complex step"
    proved = ", ".join(f"[`{g.id}`](#{anchor(g)})" for g in gradients_for(formula))
    values = f"the torch counterpart's value{f' and that of the {module}' if row else ''}"
    return values + (f"; its derivatives are proved at {proved}" if proved else "")


def _code(title: str, function: Callable[..., Any]) -> list[str]:
    path, line, source = source_of(function)
    return [f"{title}: [{path}:{line}](../{path}#L{line})", "", "```python", source, "```", ""]
