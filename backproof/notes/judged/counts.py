"""Sizes that a page gives as numbers: n^{[1]} = 3, L = 4, n_x = n^{[0]}; the first number stands, another clashes."""

from ..reading.damage import names
from ..reading.tree import Name, Number, Tree
from .units import Judged

INPUTS = Name("n", layer="0")
SAME = {Name("n", parts=("x",)): INPUTS, Name("n"): INPUTS, Name("N"): Name("m"), Name("M"): Name("m")}
COUNTS = ("n", "m", "L", "N", "M")


def judged_count(left: Tree, right: Tree, given: dict[Name, str]) -> Judged | None:
    """The verdict on a statement about a size; None where it is none. A number for L begins a network anew."""
    if not isinstance(left, Name) or left.base not in COUNTS or left.kind or left.example:
        return None
    size = SAME.get(left, left)
    if isinstance(right, Number) and right.digits.isdigit():
        if left == Name("L"):
            given.clear()
        known = given.setdefault(size, right.digits)
        if known != right.digits:
            return Judged("unjudged", reason=f"another number, {known}, stands for it above")
        return Judged("right", reason="it is given")
    if isinstance(right, Name) and SAME.get(right, right) == size and right != left:
        return Judged("right", reason="two names of one size")
    is_count = bool(names(right)) and all(name.base in COUNTS for name in names(right))
    return Judged("unjudged", reason="it defines a count") if is_count else None
