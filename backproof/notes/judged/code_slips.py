"""Slips that only code can have: a shape that is no tuple, weights that are all positive."""

import re

from ..reading.code import CodeStatement
from ..reading.tree import Call, Name, Op, Tree
from .units import Judged


def slip_in(said: CodeStatement) -> Judged | None:
    """What is wrong with a line of Python whatever the course says."""
    for call in _calls(said.right) if said.right is not None else ():
        flat = dict(call.keywords).get("flat", "1")
        if call.function in ("npones", "npzeros") and flat != "1":
            word = str(call.function)[2:]
            fixed = re.sub(rf"np\.{word}\(([^()]*)\)", rf"np.{word}((\1))", said.value)
            return Judged("wrong", f"np.{word} takes its shape as one tuple", fix_tex=fixed)
        is_weight = isinstance(said.left, Name) and said.left.base == "W"
        if call.function == "nprand" and is_weight:
            fixed = said.value.replace("np.random.rand(", "np.random.randn(")
            return Judged("wrong", "rand draws from 0 to 1: every weight is positive", fix_tex=fixed)
    return None


def _calls(tree: Tree) -> list[Call]:
    if isinstance(tree, Call):
        return [tree, *(call for one in tree.arguments for call in _calls(one))]
    return [call for kid in tree.kids for call in _calls(kid)] if isinstance(tree, Op) else []
