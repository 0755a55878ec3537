"""Read and run a derivation: a plain Python file of declared inputs, a forward part with a cost, and claims dV.

    X: "n_0, m"                     a bare annotation declares an input: named sizes, optionally `in {0, 1}`, `> 0`,
                                    or `one-hot`, for labels with one 1 for each example
    Z1 = W1 @ X + b1                the forward part, ordinary NumPy up to the cost J (or the loss L)
    dZ1 = W2.T @ dZ2 * ...          an assignment to dV, or to grads["dV"], claims the derivative by V

The script is run as it stands but for one thing: after every assignment to a claim the value is handed to an
observer, which may put another value in its place.
"""

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reference_numpy._shapes import Quantity, parse

from .instrument import CLAIM, instrument

ONE_HOT = re.compile(r"\s+one.hot$")
EXAMPLES = ("m", "N")


class DerivationError(ValueError):
    """A derivation that cannot be checked: the message says in which line, what was found and what was expected."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


@dataclass
class Derivation:
    """A script with its declared inputs, the names of its sizes, and its claims by line."""

    source: str
    inputs: dict[str, Quantity]
    sizes: tuple[str, ...]
    tree: ast.Module
    name: str = "derivation"
    lines: list[str] = field(default_factory=list)
    examples: str = "m"  # the size that is the number of examples
    one_hot: frozenset[str] = frozenset()  # inputs that have one 1 for each example, and else 0

    @cached_property
    def code(self) -> Any:
        """The compiled script."""
        return instrument(self.source, self.name)


@dataclass(frozen=True)
class Failure:
    """In the place of a value: why there is none."""

    reason: str


class Observer:
    """What a running script calls after each assignment to a claim, with the claim's line, key, value and scope."""

    def __init__(self, observe: Callable[[int, str, Any, Mapping[str, Any], bool], Any]) -> None:
        self.observe = observe
        self.values: dict[str, list[Any]] = {}  # of each name of which there is a claim

    def assigned(self, name: str, value: Any) -> None:
        """Note a value of V."""
        self.values.setdefault(name, []).append(value)

    def __call__(
        self, line: int, key: Any, value: Any, scope: Mapping[str, Any], step: bool, entry: bool = False
    ) -> Any:
        """The value to go on with; what only looks like a claim, as `data` or `cache["Z1"]`, stays as it is."""
        to_be_filled = isinstance(value, list) and all(V is None for V in value)
        if not isinstance(key, str) or isinstance(value, dict) or to_be_filled:
            return value
        if not is_claim(key, value, scope, line, entry):
            return value
        if isinstance(value, list) and isinstance(variable(key, scope), (dict, list)):
            return value  # dZ as a list with an entry for each layer, as Z is
        return self.observe(line, key, value, scope, step)

    def failed(self, line: int, key: Any, error: Exception, scope: Mapping[str, Any], entry: bool) -> "Failure":
        """What stands in for the value of a claim that raised; an error in the forward part is raised again."""
        if (
            not isinstance(key, str)
            or not is_claim(key, None, scope, line, entry)
            or isinstance(error, DerivationError)
        ):
            raise error
        return Failure(f"{type(error).__name__}: {error}")

    def element(self, line: int, name: str, base: Any, index: Any, scope: Mapping[str, Any], step: bool) -> None:
        """An entry of a list or dictionary is a claim of its own, dZ[l] of Z[l]; one of an array is a step of it."""
        if isinstance(base, (dict, list)):
            base[index] = self(line, f"{name}[{index!r}]", base[index], scope, step)
        else:
            base[...] = self(line, name, base, scope, True)

    def failed_element(
        self, line: int, name: str, base: Any, index: Any, error: Exception, scope: Mapping[str, Any]
    ) -> None:
        """The same for an entry of a list or dictionary."""
        if not isinstance(base, (dict, list)):
            raise error
        base[index] = self.failed(line, f"{name}[{index!r}]", error, scope, False)


def is_claim(key: str, value: Any, scope: Mapping[str, Any], line: int, entry: bool) -> bool:
    """Whether an assigned name claims a derivative; DerivationError when it looks like one of nothing.

    An `entry` of a dictionary, as grads["dA2"], does so even where no A2 is in sight, and so does a longer name, as
    dWhx: then it cannot be judged. A name of a function's own, and a plain number such as dt = 0.1, may be anything.
    """
    if not CLAIM.match(key):
        return False
    if variable(key, scope) is not None or (entry and re.fullmatch(r"d[A-Z]\w*|d[a-z]\d*", key)):
        return True
    if "__builtins__" not in scope or isinstance(value, (int, float)):
        return False
    if re.fullmatch(r"d[A-Za-z]\d*(\[.*\])?", key) and f"{key[1:]}s" not in scope:  # of xs, ys, dx is a step
        V = key[1:]
        message = f"{key} claims the derivative by {V}, and there is no {V}; name the value, or call {key} otherwise"
        raise DerivationError(message, line)
    return re.fullmatch(r"d[A-Z][A-Za-z0-9]*(_\d+)?", key) is not None


def variable(key: str, scope: Mapping[str, Any]) -> Any:
    """The V of a claim dV: a name in scope, its entry for dV[l], or an entry of a dictionary in scope; or None."""
    name, _, index = key[1:].partition("[")
    if index:
        container = scope.get(name)
        entries = container.items() if isinstance(container, dict) else enumerate(container or ())
        return next((V for i, V in entries if f"{i!r}]" == index), None)
    if name in scope:
        return scope[name]
    mappings = [v for v in scope.values() if isinstance(v, dict) and "__builtins__" not in v]
    return next((m[name] for m in mappings if name in m), None)


def read(source: str, name: str = "derivation") -> Derivation:
    """Parse a derivation; DerivationError for what is no Python, declares no input, or declares one unreadably."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(source, name)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise DerivationError(
            f"this is no Python: {getattr(error, 'msg', error) or type(error).__name__}", line
        ) from None
    inputs = {q.name: q for q in map(_input, tree.body) if q is not None}
    one_hot = frozenset(n.target.id for n in tree.body if _is_one_hot(n))  # type: ignore[attr-defined]
    if not inputs:
        raise DerivationError('no input is declared; a line such as X: "n_x, m" declares one')
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("np.random", "numpy.random"):
            message = "the script draws random numbers, others in each run; declare them as an input instead"
            raise DerivationError(message, node.lineno)
    _refuse_shared(tree)
    dims = [dim for q in inputs.values() for dim in q.dims or ()]
    sizes = tuple(dict.fromkeys(dim for dim in dims if dim.isidentifier()))
    return Derivation(source, inputs, sizes, tree, name, source.splitlines(), _examples(tree, inputs, sizes), one_hot)


def _examples(tree: ast.Module, inputs: Mapping[str, Quantity], sizes: tuple[str, ...]) -> str:
    """The size called m or N, or what is so called by `m = X.shape[1]`; "" where nothing is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in EXAMPLES:
            match = re.fullmatch(r"(?:np\.shape\((\w+)\)|(\w+)\.shape)\[(\d)\]", ast.unparse(node.value))
            dims = inputs[match[1] or match[2]].dims if match and (match[1] or match[2]) in inputs else None
            if match and dims and int(match[3]) < len(dims):
                return dims[int(match[3])]
    return next((size for size in EXAMPLES if size in sizes), "")


def _refuse_shared(tree: ast.Module) -> None:
    """dw = db = np.zeros(3) is one array, in which += adds up both."""
    grown = {ast.unparse(n.target) for n in ast.walk(tree) if isinstance(n, ast.AugAssign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) > 1 and not isinstance(node.value, ast.Constant):
            names = [ast.unparse(target) for target in node.targets]
            if CLAIM.match(names[0]) and grown & set(names):
                message = f"{' and '.join(names)} are one array, and += on one of them changes the other"
                raise DerivationError(message, node.lineno)


def unused_inputs(derivation: Derivation) -> list[str]:
    """Declared inputs that the script never reads."""
    nodes = ast.walk(derivation.tree)
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return [name for name in derivation.inputs if name not in read]


def _input(statement: ast.stmt) -> Quantity | None:
    """The input that a bare annotation declares, by the shape language of the reference."""
    if not isinstance(statement, ast.AnnAssign) or statement.value is not None:
        return None
    target, note = statement.target, statement.annotation
    if not isinstance(target, ast.Name) or not isinstance(note, ast.Constant) or not isinstance(note.value, str):
        raise DerivationError('an input is declared as X: "n_x, m", with its sizes in quotes', statement.lineno)
    shape, _, values = re.sub(r"\s*>\s*0$", " in (0, inf)", ONE_HOT.sub(" in {0, 1}", note.value)).partition(" in ")
    if not re.fullmatch(r"((\d+|[^\W\d]\w*)(\s*,\s*(\d+|[^\W\d]\w*))*\s*,?)?", shape.strip().strip("()").strip()):
        raise DerivationError(
            f"the shape {note.value!r} cannot be read, expected something like 'n_x, m'", statement.lineno
        )
    text = f"{target.id} ({shape.strip().strip('()')})" + (f" in {values.strip()}" if values else "")
    try:
        quantity = parse(text)[target.id]
        _ = quantity.domain and quantity.domain.bounds
    except (ValueError, KeyError):
        message = f"the shape {note.value!r} cannot be read, expected something like 'n_x, m in (0, 1)'"
        raise DerivationError(message, statement.lineno) from None
    return quantity


def _is_one_hot(statement: ast.stmt) -> bool:
    note = statement.annotation if isinstance(statement, ast.AnnAssign) and statement.value is None else None
    return isinstance(note, ast.Constant) and ONE_HOT.search(str(note.value)) is not None
