"""Small mistakes to make in a formula: those of cosmic-ray that fit, and those of matrix calculus."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Name

COMPARISONS = "Gt_GtE Gt_Lt GtE_Gt GtE_Lt Lt_LtE Lt_Gt LtE_Lt LtE_Gt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is"
FROM_COSMIC_RAY = (
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("FloorDiv_Mul", "Mod_Mul")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in COMPARISONS.split()),
    *(f"ReplaceUnaryOperator_Delete_{sign}" for sign in ("USub", "Invert", "Not")),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop"),
    *("ExceptionReplacer", "NumberReplacer"),
)
CHAINS = {"term", "arith_expr", "expr", "and_test", "or_test"}
OTHER_FUNCTION = {
    "maximum": "minimum",
    "max": "min",
    "any": "all",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "ones": "zeros",
    "ones_like": "zeros_like",
    "sum": "mean",
    "log": "log1p",
    "log1p": "log",
    "transpose": "asarray",
}
Node = Any  # a node of a parso tree


class Rewrite(Operator):  # type: ignore[misc]
    """A cosmic-ray operator from a function that gives the code of every mutation of a node."""

    def __init__(self, rewriting: Callable[[Node], Iterable[str]]) -> None:
        self.rewriting = rewriting

    def mutation_positions(self, node: Node) -> list[tuple[Any, Any]]:
        """The node's own position, once for each mutation."""
        return [(node.start_pos, node.end_pos) for _ in self.rewriting(node)]

    def mutate(self, node: Node, index: int) -> Node:
        """A leaf with the code of the mutation."""
        return Name(list(self.rewriting(node))[index], node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[()]:
        """None: the docstrings of the functions below tell."""
        return ()


def _code(*nodes: Node) -> str:
    return " ".join(node.get_code(include_prefix=False) for node in nodes)


def _is(node: Node, *values: str) -> bool:
    return getattr(node, "value", None) in values


def _places(node: Node, *values: str) -> list[int]:
    """Where in a chain of operands and operators one of the given operators stands."""
    return [i for i in range(1, len(node.children), 2) if _is(node.children[i], *values)] if node.type in CHAINS else []


def _transposed(node: Node) -> bool:
    return node.type == "atom_expr" and _code(node.children[-1]) == ".T"


def matrix_product(node: Node) -> Iterator[str]:
    """`A @ B` -> `B @ A`, `A * B`, `A.T @ B`, `A @ B.T`."""
    for i in _places(node, "@"):
        before, (A, B), after = node.children[: i - 1], node.children[i - 1 : i + 2 : 2], node.children[i + 2 :]
        a, b = _code(A), _code(B)
        changed = [f"{b} @ {a}", f"{a} * {b}"]
        changed += [] if _transposed(A) else [f"{a}.T @ {b}"]
        changed += [] if _transposed(B) else [f"{a} @ {b}.T"]
        yield from (" ".join([_code(*before), product, _code(*after)]).strip() for product in changed)


def drop_transpose(node: Node) -> Iterator[str]:
    """`A.T` -> `A`."""
    if _transposed(node):
        yield _code(node).removesuffix(".T")


def drop_operand(node: Node) -> Iterator[str]:
    """`a * b / c` -> `b / c`, `a / c`, `a * b`; so for sums, unions, `and` and `or`; `a / b` -> `1 / b` besides."""
    for i in _places(node, "*", "/", "//", "%", "+", "-", "|", "and", "or"):
        operator, rest = node.children[i], node.children[i + 1 :]
        if rest[0].type != "number":  # numbers are mutated elsewhere, to 0 and 1 too
            yield _code(*node.children[:i], *rest[1:])
        if i == 1 and node.children[0].type != "number" and not _is(operator, "//", "%"):
            yield {"-": "-", "/": "1 / "}.get(operator.value, "") + _code(*rest)


def negate(node: Node) -> Iterator[str]:
    """`if c` -> `if not (c)` (cosmic-ray's own omits the parentheses); `a in b` <-> `a not in b`."""
    before = node.get_previous_sibling() if node.parent is not None else None
    if before is not None and _is(before, "if", "elif", "while"):
        yield f"not ({_code(node)})"
    if node.type == "comparison" and _code(node.children[1]) in ("in", "not in"):
        a, operator, b = map(_code, node.children)
        yield f"{a} {'in' if operator == 'not in' else 'not in'} {b}"


def change_update(node: Node) -> Iterator[str]:
    """`a += b` -> `a = b`, `a -= b`; `a |= b` -> `a = b`."""
    yield from {"+=": ("=", "-="), "-=": ("=", "+="), "|=": ("=",)}.get(getattr(node, "value", ""), ())


def other_function(node: Node) -> Iterator[str]:
    """`np.maximum` -> `np.minimum` and the like."""
    if node.type == "name" and node.value in OTHER_FUNCTION and _is(node.get_next_leaf(), "("):
        yield OTHER_FUNCTION[node.value]


def swap_pair(node: Node) -> Iterator[str]:
    """`_, g_prime = ...` -> `g_prime, _ = ...`, `return a, b` -> `return b, a`."""
    if node.type in ("testlist_star_expr", "testlist") and len(node.children) == 3:
        yield f"{_code(node.children[2])}, {_code(node.children[0])}"


def drop_action(node: Node) -> Iterator[str]:
    """A call that stands alone -> `pass`; the check of a declaration, `also=violation` -> `also=None`."""
    if node.type == "atom_expr" and node.parent.type == "simple_stmt":
        yield "pass"
    if node.type == "argument" and _is(node.children[0], "also"):
        yield "also=None"


REWRITINGS = (
    matrix_product,
    drop_transpose,
    drop_operand,
    negate,
    change_update,
    other_function,
    swap_pair,
    drop_action,
)
OPERATORS: dict[str, Any] = {name: get_operator(f"core/{name}")() for name in FROM_COSMIC_RAY}
OPERATORS |= {rewriting.__name__: Rewrite(rewriting) for rewriting in REWRITINGS}


def computes(node: Node) -> bool:
    """Whether a node is more than a type, or LaTeX, source and shapes in a decorator."""
    if node.type == "argument" and _is(node.children[0], "also"):
        return True
    while (above := node.parent) is not None:
        described = above.type in ("decorator", "tfpdef")
        described |= above.type == "funcdef" and node is above.annotation
        described |= above.type == "annassign" and node is above.children[1]
        if described or _names_a_type(above):
            return False
        node = above
    return True


def _names_a_type(node: Node) -> bool:
    """Whether a statement gives a name, in CamelCase as no constant is, to a type."""
    if node.type != "expr_stmt" or node.parent.parent is None or node.parent.parent.type != "file_input":
        return False
    return node.children[0].type == "name" and not node.children[0].value.isupper()


def drawn(mutants: list[Any], most: int | None) -> list[Any]:
    """Return so many of the mutants of a module, alike every time; all of them for None."""
    return mutants if most is None else random.Random(0).sample(mutants, min(most, len(mutants)))
