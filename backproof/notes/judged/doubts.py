"""Why a statement that differs from the course is not called wrong: what it says is not sure enough."""

from ..reading.tree import Call, Derivative, Name, Op, Tree


def doubt_of(left: Tree, right: Tree, reason: str) -> str:
    """Return what speaks against a wrong verdict; empty where nothing does."""
    if "(G) read as" in reason and isinstance(left, Name) and left.kind == "d":
        return "its layer is damaged, and another one may be meant"
    if isinstance(left, Derivative) and left.of == left.by:
        return "a derivative by itself may be an underlined name"
    if _compares(right):
        return "it is the slope of one activation, and which one is not said here"
    return ""


def _compares(tree: Tree) -> bool:
    if isinstance(tree, Call):
        return any(_compares(argument) for argument in tree.arguments)
    return isinstance(tree, Op) and tree.kind != "cases" and (tree.kind == "compare" or any(map(_compares, tree.kids)))
