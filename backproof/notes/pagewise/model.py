"""What a page defines: its functions, its forward part down to its costs, the shapes of what it takes as given."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..meaning.to_python import COSTS
from ..reading.damage import names
from ..reading.tree import Call, Derivative, Name, Number, Op, Over, Tree
from .labelled import Dim, Value
from .quantities import Page

Read = tuple[Tree, str, Tree]
DEFINES = ("=", ":=", r"\equiv", r"\triangleq", r"\coloneqq")
GREEK = {"lambda", "alpha", "eta", "beta", "gamma", "epsilon", "varepsilon", "rho", "mu", "tau", "zeta"}
ACTIVATIONS = {"tanh": r"\\?tanh", "relu": r"[Rr]e[Ll][Uu]", "sigma": r"\\sigma(?![a-zA-Z])|sigmoid|σ"}


def parts_of(tree: Tree) -> Iterator[Tree]:
    """The tree and all trees in it."""
    yield tree
    if isinstance(tree, Op):
        kids: tuple[Tree, ...] = tree.kids
    elif isinstance(tree, Call):
        kids = tree.arguments
    elif isinstance(tree, Over):
        kids = (tree.body,)
    else:
        kids = (tree.of, tree.by) if isinstance(tree, Derivative) else ()
    for kid in kids:
        yield from parts_of(kid)


@dataclass
class Model:
    """A page with its forward part in order, each quantity with the formula that defines it."""

    page: Page
    forward: list[tuple[str, Name | Call, Tree]] = field(default_factory=list)
    cost: str = ""
    inputs: dict[str, Value] = field(default_factory=dict)
    shapes: dict[str, Value] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    labels_sum_to_one: bool = False
    apart: bool = False  # i and j are said to differ somewhere
    defined_by: dict[int, str] = field(default_factory=dict)  # which statement defines what


def model(reads: Sequence[Read | None], text: str, rows: bool) -> Model:
    """Return what a page defines; without the shapes of its quantities."""
    page = Page(rows=rows)
    trees = [side for read in reads if read for side in (read[0], read[2])]
    found = [part for tree in trees for part in parts_of(tree)]
    for part in found:
        if isinstance(part, Over):
            letters = re.findall(r"[a-z]", re.split(r"=|\\|<", part.index)[0])
            if re.fullmatch(r"[nKDMC]", part.end.strip()):
                page.counts.setdefault(part.end.strip(), Dim())
            page.running |= set(letters) - {"x"} if len(letters) < 3 else set()
    every = [name for tree in trees for name in names(tree)]
    page.layered = {name.base + name.layer for name in every if name.layer}
    page.uppers = {name.base + name.layer for name in every if name.base[:1].isupper()}
    varied = {part.by.base for part in found if isinstance(part, Derivative) and isinstance(part.by, Name)}
    page.counts |= {count: page.examples for count in ("m", "N") if count not in varied}
    page.layers = max([int(name.layer) for name in every if name.layer.isdigit()], default=3)
    said = [word for word, spelt in ACTIVATIONS.items() if re.search(spelt, text)]
    page.activation = said[0] if len(said) == 1 else ""
    page.transposed = {
        part.kids[0].base
        for part in found
        if isinstance(part, Op) and part.kind in ("transpose", "norm") and isinstance(part.kids[0], Name)
    }
    letters_of: dict[str, set[str]] = {}
    for read in reads:
        if read and isinstance(read[0], Name) and read[0].kind != "d" and len(page.labels(read[0])) == 1:
            letters_of.setdefault(read[0].base, set()).add(page.labels(read[0])[0])
    if any(len(letters) > 1 and base == "delta" for base, letters in letters_of.items()):
        page.typed = {n.base for n in every if len(page.labels(n)) == 1 and n.kind != "d"}
    made = Model(page)
    is_softmax = any(isinstance(part, Op) and part.kind == "div" and _sums_powers(part.kids[1]) for part in found)
    made.labels_sum_to_one = is_softmax or bool(re.search(r"softmax|one-hot", text, re.I))
    made.apart = bool(re.search(r"\\neq?(?![a-z])|≠", text))
    _define(made, reads, text)
    return made


def _sums_powers(tree: Tree) -> bool:
    """Whether it is a sum of exponentials, as below a softmax."""
    powers = (
        (isinstance(part, Op) and part.kind == "pow" and part.kids[0] == Name("e"))
        or (isinstance(part, Call) and part.function in ("exp", "npexp"))
        for part in parts_of(tree)
    )
    return any(powers) and any(isinstance(part, Over) or _is_np_sum(part) for part in parts_of(tree))


def _is_np_sum(tree: Tree) -> bool:
    return isinstance(tree, Call) and tree.function == "npsum"


def _define(made: Model, reads: Sequence[Read | None], text: str) -> None:
    """Sort the statements that define something, and keep those that a cost or a derivative depends on."""
    page = made.page
    first: dict[str, tuple[int, Name | Call, Tree]] = {}
    roots: list[str] = []
    costs: list[str] = []
    from_function: set[str] = set()
    derived = {
        _top(part.of)
        for read in reads
        if read
        for side in (read[0], read[2])
        for part in parts_of(side)
        if isinstance(part, Derivative)
    }
    for number, read in enumerate(reads):
        if read is None:
            continue
        left, relation, right = read
        if relation not in DEFINES:
            continue
        function = left.function if isinstance(left, Call) and isinstance(left.function, Name) else None
        if function is not None and not function.primes:
            parameters = left.arguments  # type: ignore[union-attr]
            plain = all(isinstance(parameter, Name) for parameter in parameters)
            key = page.key(function, whole=True)
            body = page.functions[key][1] if key in page.functions else None
            if isinstance(body, Name) and page.key(body) not in first and not isinstance(right, Name):
                first[page.key(body)] = (number, body, right)  # h(x) = a = f(z) says what a is
                continue
            is_cost = function.base in COSTS or function.base in derived
            if plain and key not in page.functions and not (is_cost and _uses_data(right)):
                page.functions[key] = (parameters, right)  # type: ignore[assignment]
                made.defined_by[number] = key
            if is_cost and not any(isinstance(p, Name) and p.example for p in parameters):
                left = function
                if page.key(left) not in first and function.base not in COSTS:
                    from_function.add(page.key(left))
                    first[page.key(left)] = (number, left, right)
                    roots.append(page.key(left))
                    continue
            else:
                continue
        if not isinstance(left, Name) or left.kind == "d" or left.base == "odotone":
            continue
        if (value := printed(right)) is not None:
            if page.key(left) not in first:
                made.numbers.setdefault(page.key(left), value)
                made.defined_by.setdefault(number, page.key(left))
            continue
        if isinstance(right, Name) and right.kind != "d" and right.base not in ("odotone",):
            one, other = page.key(left), page.key(right)
            if one != other and not (one in first and other in first):
                page.alias[one if one not in first else other] = other if one not in first else one
                made.defined_by[number] = one
            continue
        key = page.key(left)
        held = {page.key(name) for name in names(right) if name.kind != "d"}
        if key in from_function:
            from_function.discard(key)
            del first[key]
        if key in held or key in first or any(isinstance(part, Derivative) for part in parts_of(right)):
            continue
        below = _closure(first, costs, page)
        if key in below and held & below:
            continue
        first[key] = (number, left, right)
        if left.base in COSTS or _top(left) in derived:
            roots.append(key)
            costs += [key] if left.base in COSTS else []
    costs = costs or roots
    above = [key for key in costs if not any(key in _closure(first, [other], page) and key != other for other in costs)]
    made.cost = next(iter(above), "")
    if not roots:
        return
    for key, (number, left, right) in list(first.items()):
        inner = _inner(right)
        same = [other for other in first if inner is not None and _bare(first[other][2]) == _bare(inner)]
        if same and isinstance(first[same[0]][1], Name):
            first[key] = (number, left, _with_inner(right, first[same[0]][1]))  # type: ignore[arg-type]
    wanted = _closure(first, roots, page)
    done: set[str] = set()

    def place(key: str, open_: frozenset[str] = frozenset()) -> None:
        if key in done or key not in first or key in open_:
            return
        number, left, right = first[key]
        if (inner := _inner(right)) is not None:  # what an activation is applied to may be differentiated by
            hidden = f"within {key}"
            for name in [*names(inner), *_through(inner, page)]:
                place(page.key(name), open_ | {key})
            made.forward.append((hidden, Name(hidden), inner))
            right = _with_inner(right, Name(hidden))
        for name in [*names(right), *_through(right, page)]:
            place(page.key(name), open_ | {key})
        done.add(key)
        made.forward.append((key, left, right))
        made.defined_by[number] = key

    for key in first:
        if key in wanted:
            place(key)


def _bare(tree: Tree) -> Tree:
    """The tree without the mark of the bracket that it stood in."""
    return replace(tree, sign="") if isinstance(tree, Op) and tree.sign == "(" else tree


def _inner(tree: Tree) -> Tree | None:
    """The formula that an activation is applied to, where it has no name of its own."""
    if isinstance(tree, Call) and tree.arguments and isinstance(tree.arguments[-1], Op):
        known = tree.function if isinstance(tree.function, str) else tree.function.base
        if known in ("max", "npmax", "tanh", "relu", "sigma", "sigmoid", "g", "f", "phi", "softmax", "ReLU"):
            return tree.arguments[-1]
    return None


def _with_inner(tree: Tree, name: Name) -> Tree:
    assert isinstance(tree, Call)
    return replace(tree, arguments=(*tree.arguments[:-1], name))


def printed(tree: Tree) -> float | None:
    """The number that a tree prints; None where it is no number alone."""
    if isinstance(tree, Op) and tree.kind == "neg" and isinstance(tree.kids[0], Number):
        return -float(tree.kids[0].digits)
    return float(tree.digits) if isinstance(tree, Number) else None


def _top(tree: Tree) -> str:
    if isinstance(tree, Call) and isinstance(tree.function, Name):
        return tree.function.base
    return tree.base if isinstance(tree, Name) else ""


def _uses_data(tree: Tree) -> bool:
    """Whether a cost is written out over the examples, and is no function of two numbers."""
    sums = ("norm", "transpose")
    return any(isinstance(part, Over) or (isinstance(part, Op) and part.kind in sums) for part in parts_of(tree))


def _through(tree: Tree, page: Page) -> list[Name]:
    """The names in the bodies of the functions that a tree calls."""
    found: list[Name] = []
    for part in parts_of(tree):
        if isinstance(part, Call) and isinstance(part.function, Name):
            key = page.key(replace(part.function, primes=0), whole=True)
            if key in page.functions:
                bound = {part.function.base, *(parameter.base for parameter in page.functions[key][0])}
                found += [name for name in names(page.functions[key][1]) if name.base not in bound]
    return found


def _closure(first: dict[str, tuple[int, Name | Call, Tree]], roots: list[str], page: Page) -> set[str]:
    """Everything that these quantities depend on, themselves included."""
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        if key in first:
            right = first[key][2]
            todo += [page.key(name) for name in [*names(right), *_through(right, page)] if name.kind != "d"]
    return seen
