"""The cost of a program that computes none: the usual ones are tried on its output and its labels.

The output and the labels are found where backpropagation begins: as the two sides of a difference, a - y, or of the
quotient y / a, of which one is computed from the parameters and the other is not. A layer function is given the
derivative by its output instead; then the cost is sum(out * dout).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..record.run import Run
from ..record.tape import Array, Node, ancestors, descendants, through_copies
from .turns import first_turn, is_given, updates

UPSTREAM = re.compile(
    r"(d|grad|g|delta)_?((out|e_dy|l_dy|l_dout|next|upstream|top)\w*|[yzahl]\w?)\Z|upstream\w*|\w*_?grad(ient)?\Z",
    re.IGNORECASE,
)
MAX_PAIRS, MAX_UPSTREAM = 200, 12


@dataclass(frozen=True)
class Supposed:
    """A cost that may be meant: its node, and what it is in words."""

    node: Node
    words: str
    line: int


@dataclass(frozen=True)
class Pair:
    """An output and its labels, as they meet in one operation."""

    output: Node
    labels: Array
    op: str
    line: int


def usual_costs(run: Run) -> Iterator[Supposed]:
    """The usual costs of every output and its labels."""
    for pairs in _groups(_pairs(run)):
        yield from _usual(pairs, run)


def supposed_costs(run: Run) -> Iterator[Supposed]:
    """The usual costs, then sum(out * dout) for an output and what has its shape."""
    yield from usual_costs(run)
    yield from product_costs(run)


def _pairs(run: Run) -> list[Pair]:
    """Differences and quotients of a computed value and one that is given."""
    end = first_turn(run)
    last = run.events[end - 1].at if 0 < end < len(run.events) else len(run.nodes)
    computed = _depth(run)
    steps = {node for e in updates(run, end) if e.node is not None for node in through_copies(e.node)}
    found = []
    for node in run.nodes[:last]:
        if node.op not in ("subtract", "divide") or node in steps:
            continue
        for output, labels in _sides(node, computed):
            if computed.get(output, 0) >= 1 and np.shape(output.value) == np.shape(node.value):
                found.append(Pair(output, labels, node.op, node.line))
    return found[:MAX_PAIRS]


def _depth(run: Run) -> dict[Node, int]:
    """For each node, from how many products of two arrays that were drawn or given it comes."""
    depth: dict[Node, int] = {}
    for node in run.nodes:
        is_product = node.op in ("matmul", "multiply") and len(node.parents) == 2
        depth[node] = max((depth[p] for p in node.parents), default=0) + is_product
    return depth


def _sides(node: Node, depth: Mapping[Node, int]) -> Iterator[tuple[Node, Array]]:
    if len(node.parents) == 1 and node.constants:
        constant = node.constants[0]
        is_whole = np.shape(constant) == np.shape(node.value) and np.size(constant) > 1
        is_number = (
            np.size(node.value) == 1 and np.size(constant) == 1 and float(np.ravel(constant)[0]) not in (0.0, 1.0, 2.0)
        )
        if (is_whole or is_number) and not (node.op == "divide" and constant is not node.constants[0]):
            yield node.parents[0], np.asarray(constant, dtype=float)
    elif len(node.parents) == 2:
        left, right = node.parents
        if node.op == "divide":
            if is_given(left) and not is_given(right):
                yield right, left.value
        elif is_given(right) != is_given(left):
            yield (left, right.value) if is_given(right) else (right, left.value)
        elif is_given(right) and min(depth[left], depth[right]) == 0 < max(depth[left], depth[right]):
            yield (left, right.value) if depth[left] else (right, left.value)  # w * x beside y


def _groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs of one statement, the earliest statement first; each output once."""
    found: dict[tuple[int, str], list[Pair]] = {}
    for pair in pairs:
        group = found.setdefault((pair.line, pair.op), [])
        if all(pair.output is not other.output for other in group):
            group.append(pair)
    return [[p for p in group if not any(o.output in p.output.parents for o in group)] for group in found.values()]


def _usual(pairs: list[Pair], run: Run) -> Iterator[Supposed]:
    name = _name_of(pairs[0].output, run)
    line = pairs[0].line
    values = [p.output.value for p in pairs]
    if pairs[0].op == "subtract":
        yield Supposed(_sum_of(pairs, _squares), f"half the squared error of {name}", line)
    if all(np.all((v > 0) & (v < 1)) for v in values):
        if any(_sums_to_one(v) for v in values):
            yield Supposed(_sum_of(pairs, _softmax_loss), f"the cross-entropy of the softmax {name}", line)
        else:
            yield Supposed(_sum_of(pairs, _binary_loss), f"the binary cross-entropy of {name}", line)


def _sums_to_one(value: Array) -> bool:
    return value.size > 1 and any(
        np.allclose(value.sum(axis=axis), 1.0) for axis in range(value.ndim) if value.shape[axis] > 1
    )


def _squares(a: Array, y: Array) -> tuple[float, Array]:
    return 0.5 * float(np.sum((a - y) ** 2)), a - y


def _binary_loss(a: Array, y: Array) -> tuple[float, Array]:
    return float(-np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))), (a - y) / (a * (1 - a))


def _softmax_loss(a: Array, y: Array) -> tuple[float, Array]:
    return float(-np.sum(y * np.log(a))), -y / a


def _sum_of(pairs: Sequence[Pair], loss: Callable[[Array, Array], tuple[float, Array]]) -> Node:
    """The node of a loss, summed over all pairs."""
    losses = [(p.output, *loss(p.output.value, np.broadcast_to(p.labels, p.output.value.shape))) for p in pairs]

    def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
        for node, _, slope in losses:
            yield node, gradient * slope

    parents = tuple(node for node, _, _ in losses)
    return Node("cost", np.array(sum(value for _, value, _ in losses)), parents, pull, 0, 10**9)


def _name_of(node: Node, run: Run) -> str:
    same = [e.name for e in run.events if e.node is not None and node in through_copies(e.node)]
    usual = [n for n in same if n.isidentifier() and n not in ("x", "z", "s")]
    return (usual or same or ["the output"])[-1]


def product_costs(run: Run) -> Iterator[Supposed]:
    """sum(out * dout) of a layer function; where a file tries several that share no input, their sum."""
    products = list(_products(run))
    yield from (Supposed(_product([p]), f"sum({p.out} * {p.dout})", p.line) for p in products)
    apart: list[Product] = []
    for product in products:
        if product.is_named and not any(_inputs(product.node) & _inputs(other.node) for other in apart):
            apart.append(product)
    if len(apart) > 1:
        words = " + ".join(f"sum({p.out} * {p.dout})" for p in apart)
        yield Supposed(_product(apart), words, apart[0].line)


@dataclass(frozen=True)
class Product:
    """The output of a layer function and the derivative by it that its backward function is given."""

    node: Node
    upstream: Array
    out: str
    dout: str
    line: int
    is_named: bool  # as an upstream derivative


def _inputs(node: Node) -> set[Node]:
    return {n for n in ancestors([node]) if not n.parents}


def _products(run: Run) -> Iterator[Product]:
    leaves = [node for _, node in run.leaves if np.size(node.value) > 1]
    names = {e.node: e.name for e in reversed(run.events) if e.node is not None}
    for upstream in sorted(leaves, key=lambda n: UPSTREAM.match(names.get(n, "")) is None)[:MAX_UPSTREAM]:
        carried = descendants([upstream], run.nodes)
        first = _first_use(upstream, run)
        events = [e for e in run.events if e.node is not None and np.shape(e.value) == np.shape(upstream.value)]
        outputs = [
            e
            for e in events
            if e.node is not None and e.node not in carried and e.node.parents and e.node.number < first
        ]
        if outputs and np.any(upstream.value):
            out = max(outputs, key=lambda e: e.node.number if e.node is not None else 0)  # the last that was computed
            name = names.get(upstream, "the upstream derivative")
            is_named = UPSTREAM.match(name) is not None
            yield Product(out.node, upstream.value, out.name, name, out.line, is_named)  # type: ignore[arg-type]


def _first_use(node: Node, run: Run) -> int:
    used = [n.number for n in run.nodes if any(p is node for p in n.parents)]
    return used[0] if used else 10**9


def _product(products: Sequence[Product]) -> Node:
    value = np.array(sum(np.sum(p.node.value * p.upstream) for p in products))
    parents = tuple(p.node for p in products)
    return Node("cost", value, parents, lambda g: [(p.node, g * p.upstream) for p in products], 0, 10**9)
