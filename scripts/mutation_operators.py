"""Small mistakes to make in a formula: those of cosmic-ray that fit, and those of matrix calculus."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Name

FROM_COSMIC_RAY = """
    ReplaceBinaryOperator_Add_Sub ReplaceBinaryOperator_Sub_Add
    ReplaceBinaryOperator_Mul_Div ReplaceBinaryOperator_Div_Mul ReplaceBinaryOperator_Pow_Mul
    ReplaceBinaryOperator_FloorDiv_Mul ReplaceBinaryOperator_Mod_Mul
    ReplaceComparisonOperator_Gt_GtE ReplaceComparisonOperator_Gt_Lt
    ReplaceComparisonOperator_GtE_Gt ReplaceComparisonOperator_GtE_Lt
    ReplaceComparisonOperator_Lt_LtE ReplaceComparisonOperator_Lt_Gt
    ReplaceComparisonOperator_LtE_Lt ReplaceComparisonOperator_LtE_Gt
    ReplaceComparisonOperator_Eq_NotEq ReplaceComparisonOperator_NotEq_Eq
    ReplaceComparisonOperator_Is_IsNot ReplaceComparisonOperator_IsNot_Is
    ReplaceUnaryOperator_Delete_USub ReplaceUnaryOperator_Delete_Invert ReplaceUnaryOperator_Delete_Not
    ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd
    ReplaceBreakWithContinue ReplaceContinueWithBreak ExceptionReplacer NumberReplacer ZeroIterationForLoop
""".split()
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
Rewriting = Callable[[Node], Iterable[str]]


class Rewrite(Operator):  # type: ignore[misc]
    """A cosmic-ray operator from a function that gives the code of every mutation of a node."""

    def __init__(self, rewriting: Rewriting) -> None:
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


def _operators(node: Node, *values: str) -> Iterator[int]:
    """Where in a chain of operands and operators one of the given operators stands."""
    if node.type in CHAINS:
        yield from (i for i in range(1, len(node.children), 2) if _is(node.children[i], *values))


def swap_matrices(node: Node) -> Iterator[str]:
    """`A @ B` -> `B @ A`."""
    for i in _operators(node, "@"):
        c = node.children
        yield _code(*c[: i - 1], c[i + 1], c[i], c[i - 1], *c[i + 2 :])


def multiply_entries(node: Node) -> Iterator[str]:
    """`A @ B` -> `A * B`."""
    for i in _operators(node, "@"):
        yield f"{_code(*node.children[:i])} * {_code(*node.children[i + 1 :])}"


def _ends_in_T(node: Node) -> bool:
    return node.type in ("atom_expr", "power") and _code(node.children[-1]) == ".T"


def drop_T(node: Node) -> Iterator[str]:
    """`A.T` -> `A`."""
    if _ends_in_T(node):
        yield "".join(_code(child) for child in node.children[:-1])


def add_T(node: Node) -> Iterator[str]:
    """`A @ B` -> `A.T @ B`, `A @ B.T`."""
    for i in _operators(node, "@"):
        for k in (i - 1, i + 1):
            if not _ends_in_T(node.children[k]):
                yield f"{_code(*node.children[: k + 1])}.T {_code(*node.children[k + 1 :])}"


def drop_operand(node: Node) -> Iterator[str]:
    """`a * b / c` -> `b / c`, `a / c`, `a * b`; so for sums, unions, `and` and `or`; `a / b` -> `1 / b` besides."""
    for i in _operators(node, "*", "/", "//", "%", "+", "-", "|", "and", "or"):
        operator, rest = node.children[i], node.children[i + 1 :]
        yield _code(*node.children[:i], *rest[1:])
        if i == 1 and not _is(operator, "//", "%"):
            yield {"-": "-", "/": "1 / "}.get(operator.value, "") + _code(*rest)


def negate(node: Node) -> Iterator[str]:
    """`if c` -> `if not (c)`, in statements, expressions and comprehensions; cosmic-ray's own omits the parentheses."""
    above = node.parent
    place = above.children.index(node) if above is not None else -1
    if above is not None and above.type in ("if_stmt", "while_stmt", "comp_if", "sync_comp_for", "test"):
        condition = above.type == "test" and place == 2
        condition |= above.type != "test" and place > 0 and _is(above.children[place - 1], "if", "elif", "while")
        if condition:
            yield f"not ({_code(node)})"


def negate_membership(node: Node) -> Iterator[str]:
    """`a in b` <-> `a not in b`."""
    if node.type == "comparison" and _code(node.children[1]) in ("in", "not in"):
        a, operator, b = map(_code, node.children)
        yield f"{a} {'in' if operator == 'not in' else 'not in'} {b}"


def change_update(node: Node) -> Iterator[str]:
    """`a += b` -> `a = b`, `a -= b`; `a |= b` -> `a = b`."""
    if _is(node, "+=", "-=", "|="):
        yield "="
        yield from {"+=": ["-="], "-=": ["+="]}.get(node.value, [])


def other_function(node: Node) -> Iterator[str]:
    """`np.maximum` -> `np.minimum` and the like."""
    following = node.get_next_leaf() if node.type == "name" else None
    if following is not None and _is(following, "("):
        yield from (OTHER_FUNCTION[name] for name in (node.value,) if name in OTHER_FUNCTION)


def swap_pair(node: Node) -> Iterator[str]:
    """`_, g_prime = ...` -> `g_prime, _ = ...`, `return a, b` -> `return b, a`."""
    if node.type in ("testlist_star_expr", "testlist") and len(node.children) == 3:
        yield f"{_code(node.children[2])}, {_code(node.children[0])}"


def drop_call(node: Node) -> Iterator[str]:
    """A call that stands alone -> `pass`."""
    if node.type == "atom_expr" and node.parent.type == "simple_stmt":
        yield "pass"


def drop_check(node: Node) -> Iterator[str]:
    """`also=misfit` -> `also=None`."""
    if node.type == "argument" and _is(node.children[0], "also"):
        yield "also=None"


def _is_told(node: Node) -> bool:
    """Whether a node only describes: a type annotation, or the LaTeX and the source in a decorator."""
    while (above := node.parent) is not None:
        if above.type in ("decorator", "tfpdef", "import_from", "import_name"):
            return True
        if above.type == "funcdef" and node is above.annotation:
            return True
        if above.type == "annassign" and node is above.children[1]:
            return True
        node = above
    return False


OPERATORS: dict[str, Any] = {name: get_operator(f"core/{name}")() for name in FROM_COSMIC_RAY} | {
    rewriting.__name__: Rewrite(rewriting)
    for rewriting in (
        swap_matrices,
        multiply_entries,
        drop_T,
        add_T,
        drop_operand,
        negate,
        negate_membership,
        change_update,
        other_function,
        swap_pair,
        drop_call,
        drop_check,
    )
}


def applies(name: str, node: Node) -> bool:
    """Whether mutations of a node by the named operator are of interest."""
    return name == "drop_check" or not _is_told(node)
