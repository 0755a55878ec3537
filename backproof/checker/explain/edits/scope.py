"""What is in scope of a line: values by the text that names them, sizes, and the slopes g'(z) found among them."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from ..trial.values import is_value
from .derive import derivative

MAX_NAMED = 60


class Scope:
    """The values in scope of an expression when it was evaluated."""

    library, alias = "numpy", "np"  # what the formulas are made with, and what it is usually called

    def __init__(
        self,
        values: dict[str, Any],
        tree: ast.Module,
        source: str,
        declared: tuple[str, ...],
        unused: frozenset[str] = frozenset(),
        foreign: frozenset[str] = frozenset(),
    ) -> None:
        self.values, self.tree, self.source, self.declared, self.unused = values, tree, source, declared, unused
        self.foreign = foreign
        self._known: dict[str, Any] = {}

    def value(self, text: str) -> Any:
        """The value of an expression; None where it has none."""
        if text not in self._known:
            try:
                with np.errstate(all="ignore"):
                    value = eval(text.strip(), self.values)
            except Exception:  # the text may be anything
                value = None
            self._known[text] = value if is_value(value) else None
        return self._known[text]

    @cached_property
    def np(self) -> str:
        """What the script calls its library."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == self.library:
                        return alias.asname or self.library
        return self.alias

    @cached_property
    def named(self) -> dict[str, Any]:
        """Variables, attributes and entries that the script names, with numbers or arrays in them."""
        found = {
            n: v for n, v in self.values.items() if is_value(v) and not isinstance(v, bool) and n not in self.sizes
        }
        for text in self.places:
            value = self.value(text)
            if value is not None and text not in found:
                found[text] = value
        found = {n: v for n, v in found.items() if n not in self.unused and re.split(r"\W", n)[0] not in self.foreign}
        return dict(list(found.items())[:MAX_NAMED])

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """Those that are no whole numbers: what a formula is made of."""
        return {
            n: v
            for n, v in self.named.items()
            if isinstance(v, (np.ndarray, float)) and np.asarray(v).dtype.kind != "b"
        }

    @cached_property
    def places(self) -> list[str]:
        """Entries and attributes as the script writes them, and their neighbours: W[l], cache["A1"], hs[t + 1]."""
        found: dict[str, None] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr != "T":
                if node.value.id == "self":
                    found[ast.unparse(node)] = None
            elif isinstance(node, ast.Subscript) and isinstance(node.value, (ast.Name, ast.Attribute)):
                if isinstance(node.slice, (ast.Slice, ast.Tuple, ast.Compare)):
                    continue
                base, index = ast.unparse(node.value), self.source_of(node.slice)
                for other in (index, *neighbours(node.slice, index)):
                    found[f"{base}[{other}]"] = None
        return list(found)

    def source_of(self, node: ast.expr) -> str:
        """The text of a node of the script."""
        return ast.get_source_segment(self.source, node) or ast.unparse(node)

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions and methods of the script by their names."""
        return {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Sizes by their names: those declared, and whole numbers that are the length of an axis."""
        lengths = {n for v in self.values.values() if isinstance(v, np.ndarray) for n in v.shape if n > 1}
        found = {n: v for n, v in self.values.items() if type(v) is int and (n in self.declared or v in lengths)}
        for node in ast.walk(self.tree):
            text = ast.unparse(node) if isinstance(node, (ast.Subscript, ast.Call)) else ""
            if re.fullmatch(r"[\w.]+\.shape\[-?\d\]|len\([\w.]+\)", text) and isinstance(self.value(text), int):
                found.setdefault(text, int(self.value(text)))
        return found

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Single numbers that are no sizes: lam, tau, eps."""
        kinds = (int, float, np.floating)
        return {
            n: float(v)
            for n, v in self.named.items()
            if isinstance(v, kinds) and not isinstance(v, bool) and n not in self.counters
            if n.isidentifier() and not is_gradient(n)
        }

    @cached_property
    def counters(self) -> list[str]:
        """The variables of loops and other whole numbers, which are indices."""
        return [n for n, v in self.values.items() if isinstance(v, (int, np.integer)) and not isinstance(v, bool)]

    @cached_property
    def definitions(self) -> dict[str, str]:
        """By which expression each variable is defined, where there is only one."""
        found: dict[str, list[str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    found.setdefault(ast.unparse(target), []).append(self.source_of(node.value))
        return {n: texts[0] for n, texts in found.items() if len(texts) == 1}

    @cached_property
    def slopes(self) -> list[tuple[str, str]]:
        """Expressions of g'(z) for every pair z, a = g(z) in scope, and the z; found by values, then by definitions."""
        found: dict[str, str] = {}
        arrays = {n: np.asarray(v, dtype=float) for n, v in self.arrays.items() if np.asarray(v).dtype.kind == "f"}
        for z, Z in arrays.items():
            with np.errstate(all="ignore"):
                curves = [(form, curve(Z)) for form, curve in CURVES]
            for a, A in arrays.items():
                if A.shape != Z.shape or a == z:
                    continue
                for form, values in curves:
                    if np.allclose(A, values, rtol=1e-9, atol=0):
                        found.setdefault(form.format(z=z, a=a, np=self.np), z)
                for form in self._of_relu(Z, A):
                    found.setdefault(form.format(z=z, a=a, np=self.np), z)
        for a, text in self.definitions.items():
            for z in self.arrays if a in self.arrays else ():
                slope = derivative(text, z, self.np) if np.shape(self.arrays[a]) == np.shape(self.arrays[z]) else None
                if slope is not None and re.search(r"[A-Za-z]", slope) and self.value(slope) is not None:
                    found.setdefault(slope, z)
        return list(found.items())

    def _of_relu(self, Z: Any, A: Any) -> Iterator[str]:
        below, above = Z < 0, Z > 0
        if not (below.any() and above.any() and np.array_equal(A[above], Z[above])):
            return
        leaks = A[below] / Z[below]
        if np.allclose(leaks, leaks[0], rtol=1e-9, atol=0) and abs(leaks[0]) < 1:
            yield f"{{np}}.where({{z}} > 0, 1, {leaks[0]:g})" if leaks[0] else "({z} > 0)"

    def shares(self) -> Iterator[tuple[str, int]]:
        """Arrays whose entries are positive and add up to 1 along an axis, as those of a softmax, and the axis."""
        for n, v in self.arrays.items():
            if isinstance(v, np.ndarray) and v.ndim and np.all(v > 0):
                for axis in range(v.ndim):
                    if v.shape[axis] > 1 and np.allclose(v.sum(axis=axis), 1.0, rtol=1e-9):
                        yield n, axis

    @cached_property
    def conditions(self) -> list[str]:
        """The comparisons that the script makes, as far as they have a value here."""
        texts = {self.source_of(n): None for n in ast.walk(self.tree) if isinstance(n, ast.Compare)}
        return [t for t in texts if isinstance(self.value(t), np.ndarray)]

    @cached_property
    def prefix(self) -> bool:
        """Whether the script writes 1 / m in front of what is divided."""
        return (
            len(re.findall(r"1(?:\.0?)?\s*/\s*\w+\)?\s*\*", self.source))
            > len(re.findall(r"\)?\s/\s?[A-Za-z]", self.source)) / 2
        )


CURVES: tuple[tuple[str, Any], ...] = (
    ("{a} * (1 - {a})", lambda Z: 1 / (1 + np.exp(-Z))),
    ("1 - {a}**2", np.tanh),
    ("1 / (1 + {np}.exp(-{z}))", lambda Z: np.log1p(np.exp(Z))),
    ("{a}", np.exp),
    ("1 / {z}", np.log),
    ("{np}.cos({z})", np.sin),
)


def neighbours(index: ast.expr, text: str) -> Iterator[str]:
    """The indices beside an index, as they are written: l - 1 for l, "W2" for "W1"."""
    if isinstance(index, ast.Name):
        yield from (f"{text} - 1", f"{text} + 1")
    elif isinstance(index, ast.BinOp) and isinstance(index.right, ast.Constant) and index.right.value == 1:
        left = ast.unparse(index.left)
        yield from (left, f"{left} {'-' if isinstance(index.op, ast.Add) else '+'} 1")
    elif isinstance(index, ast.Constant) and isinstance(index.value, int) and not isinstance(index.value, bool):
        yield from (str(index.value + 1), *([str(index.value - 1)] if index.value != 0 else []))
    elif isinstance(index, ast.Constant) and isinstance(index.value, str):
        match = re.fullmatch(r"([^\W\d]*?)(\d+)", index.value)
        if match:
            quote = text[0]
            for number in (int(match[2]) - 1, int(match[2]) + 1):
                yield f"{quote}{match[1]}{max(number, 0)}{quote}"
    elif isinstance(index, ast.JoinedStr):
        for found in re.finditer(r"(?<=\{)(\w+)( ?[-+] ?1)?(?=\})", text):
            for new in (found[1],) if found[2] else (f"{found[1]} - 1", f"{found[1]} + 1"):
                yield text[: found.start()] + new + text[found.end() :]
    elif isinstance(index, (ast.Call, ast.BinOp)):  # "W" + str(l)
        parts = index.args if isinstance(index, ast.Call) else [index.left, index.right]
        for part in parts:
            old = ast.unparse(part)
            if isinstance(part, (ast.Name, ast.BinOp, ast.Call)) and text.count(old) == 1:
                yield from (text.replace(old, new) for new in neighbours(part, old))


def is_gradient(name: str) -> bool:
    """Whether a name is written as that of a gradient."""
    return (name[:1] == "d" and len(name) > 1) or name[:2].lower() == "gr" or (name[:1] == "g" and not role(name)[1])


def role(name: str) -> tuple[str, str]:
    """A name as its letters and its layer."""
    match = re.match(r"(d?[A-Za-z_]+?)_?(\d*)$", name)
    return (match[1], match[2]) if match else (name, "")


def fits_in(new: Any, old: Any) -> bool:
    """Whether a value may stand where another one does, as far as its dimensions tell."""
    return old is None or np.ndim(new) == np.ndim(old) or np.ndim(new) == 0 or np.ndim(old) == 0
