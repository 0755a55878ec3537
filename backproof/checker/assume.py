"""What is taken to be what where a file does not say: the notes' notation, the parameters, the cost."""

import ast
import builtins
import re

import numpy as np

from shapes.language import parse as parse_shape

from .judge import Story
from .record.program import Program

NOTATION = (
    (r"X", "n_0, m"),
    (r"A0", "n_0, m"),
    (r"x", "n_x, 1"),
    (r"w", "n_x, 1"),
    (r"b", ""),
    (r"W", "n_1, n_0"),
    (r"(?P<kind>W)(?P<layer>\d+)", "n_{l}, n_{p}"),
    (r"(?P<kind>b)(?P<layer>\d+)", "n_{l}, 1"),
    (r"(?:lam|lambd|lambda_|reg|l2|alpha|learning_rate|eta|lr)", " in (0, inf)"),
)
LABELS = re.compile(r"[Yyt]\Z")


def with_notation(program: Program) -> Program:
    """A program whose inputs stand nowhere, with the shapes that the notes give to their names."""
    if program.inputs:
        return program
    free = free_names(program.tree)
    layers = [int(name[1:]) for name in free if re.fullmatch(r"[Wb]\d+", name)]
    found = {}
    for name in sorted(free):
        shape = _notation_of(name, max(layers, default=0), "w" in free)
        if shape is not None:
            found[name] = parse_shape(f"{name} ({shape.partition(' in ')[0]})" + _domain(shape))[name]
    if found and any(name in ("X", "x", "A0") or name[0] in "Ww" for name in found):
        program.inputs = found
        program.is_assumed = True
    return program


def _domain(shape: str) -> str:
    return f" in {shape.partition(' in ')[2]}" if " in " in shape else ""


def _notation_of(name: str, depth: int, is_logistic: bool) -> str | None:
    if LABELS.match(name):
        rows = "1" if is_logistic or not depth else f"n_{depth}"
        return f"{rows}, m in {{0, 1}}" if name != "t" else None
    for pattern, shape in NOTATION:
        match = re.fullmatch(pattern, name)
        if match:
            if is_logistic and name in ("X", "A0"):
                return "n_x, m"
            layer = int(match["layer"]) if "layer" in match.groupdict() else 0
            return shape.replace("{l}", str(layer)).replace("{p}", str(layer - 1))
    return None


def free_names(tree: ast.Module) -> set[str]:
    """The names that a script reads and nobody gives a value."""
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    stored |= {a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in (*n.args, *n.kwonlyargs)}
    stored |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    imported = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
    stored |= {(a.asname or a.name).partition(".")[0] for n in imported for a in n.names}
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return loaded - stored - set(dir(builtins))


def assumed(program: Program, story: Story) -> list[str]:
    """What was assumed, as declarations that can be pasted: shapes of inputs and parameters, and the cost."""
    sense = story.samples[0].first
    said = []
    if program.is_assumed:
        said = [f'{name}: "{", ".join(q.dims or ())}"' for name, q in program.inputs.items()]
    elif not program.inputs:
        parameters = {
            c.V: np.shape(c.target.value)
            for v in story.verdicts
            for c in v.claims
            if c.of_parameter and c.target is not None
        }
        said = [
            f"parameter {name}: {' x '.join(map(str, shape)) or 'a number'}"
            for name, shape in parameters.items()
            if name
        ]
        cost = sense.cost_event
        text = (
            f"cost: {sense.words}, since none is computed" if cost is None else f"cost: {cost.name}, line {cost.line}"
        )
        said.append(text)
    return said
