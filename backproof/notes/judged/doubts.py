"""Why a statement that differs from the course is not called wrong: what it says is not sure enough."""

from ..reading.damage import names
from ..reading.tree import Call, Derivative, Name, Op, Tree
from .calculus import base

UNDER_A_BRACE = "a name below a brace"


def doubt_of(left: Tree, right: Tree, reason: str, tex: str = "", cause: str = "") -> str:
    """Return what speaks against a wrong verdict; empty where nothing does."""
    if "(G) read as" in reason and isinstance(left, Name) and left.kind == "d":
        return "its layer is damaged, and another one may be meant"
    if UNDER_A_BRACE in reason:
        return "a brace may end elsewhere"
    if isinstance(left, Derivative) and left.of == left.by:
        return "a derivative by itself may be an underlined name"
    if isinstance(left, Derivative) and base(left.of) == "f" and not cause.startswith("the slope") and not names(right):
        return "the point at which it is taken is not sure"
    if "matrix}" in tex and names(right):
        return "a matrix written out may hold more than was read"
    if "np.mean(" in cause:
        return "it is right for one example, and whether one is meant is not said here"
    if "dT is " in cause:
        return "it differs from the course, and no slip explains how"
    if compares(right):
        return "it is the slope of one activation, and which one is not said here"
    return ""


def compares(tree: Tree) -> bool:
    """Whether a comparison stands in it outside of cases, as in dA * (Z > 0)."""
    if isinstance(tree, Call):
        return any(compares(argument) for argument in tree.arguments)
    return isinstance(tree, Op) and tree.kind != "cases" and (tree.kind == "compare" or any(map(compares, tree.kids)))
