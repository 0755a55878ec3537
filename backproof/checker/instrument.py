"""Compile a script so that it hands over every claim: after each assignment to dV an observer is called with it."""

import ast
import re
import warnings
from collections.abc import Iterator
from types import CodeType
from typing import Any

CLAIM = re.compile(r"d(?=[^\W\d_])")
AVERAGES = re.compile(r"[vVmMsS]|(vel|mom|avg)\w*")  # v["dW"] is a running average of derivatives, and claims none
OBSERVE = "__observe__"
TRY = "__try__"


def instrument(source: str, name: str, hole: ast.expr | None = None) -> Any:
    """The compiled script, with a call of the observer after every assignment to a claim.

    With a `hole`, an expression of the derivation's tree, its value is what a call of TRY in the scope returns.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # the script's own, or those of an edit that is only tried
        tree = ast.parse(source, name)
        if hole is not None:
            tree = _Hole(hole).visit(tree)
        return compile(ast.fix_missing_locations(_Watch(_claimed(tree)).visit(tree)), name, "exec")


class _Hole(ast.NodeTransformer):
    """Puts a call of TRY in the place of one expression."""

    def __init__(self, hole: ast.expr) -> None:
        self.hole = hole

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """The expression is known by its kind and its place."""
        here = ("lineno", "col_offset", "end_lineno", "end_col_offset")
        if type(node) is type(self.hole) and all(getattr(node, at) == getattr(self.hole, at) for at in here):
            call = ast.parse(f"{TRY}(globals() | locals())", mode="eval").body
            return ast.copy_location(call, node)
        return super().generic_visit(node)


class _Watch(ast.NodeTransformer):
    """Puts `dV = __observe__(line, key, dV, scope, step)` after every assignment to dV; `dV += x` becomes a sum.

    After an assignment to V it puts `__observe__.assigned("V", V)`, since a name may have had several values.
    """

    def __init__(self, claimed: set[str]) -> None:
        self.claimed = claimed

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt] | None:
        """A declaration of an input is no statement to run."""
        return None if node.value is None else self.visit_Assign(ast.copy_location(_plain(node), node))

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """A claim that raises is a wrong claim, and the next one is judged all the same."""
        if isinstance(node.value, ast.Dict) and isinstance(node.targets[0], ast.Name):
            return [node, *(_observed(entry, ast.Constant(0)) for entry in _entries_of(node.targets[0].id, node.value))]
        claims = [leaf for target in node.targets for leaf in _leaves(target) if _claims(leaf)]
        observed = [_observed(leaf, node.value) for leaf in claims]
        if len(claims) != 1:
            return [node, *observed, *(self._noted(leaf) for target in node.targets for leaf in _leaves(target))]
        text, key = ast.unparse(claims[0]), _key(claims[0])
        failed = f"{text} = {OBSERVE}.failed({node.lineno}, {key}, error, locals(), {_is_entry(claims[0])})"
        if isinstance(claims[0], ast.Subscript) and not _is_key(claims[0]):
            name, index = ast.unparse(claims[0].value), _index(claims[0].slice)
            failed = f"{OBSERVE}.failed_element({node.lineno}, {name!r}, {name}, {index}, error, locals())"
        guard = ast.parse(f"try:\n pass\nexcept Exception as error:\n {failed}").body[0]
        assert isinstance(guard, ast.Try)
        guard.body = [node]
        for part in ast.walk(guard.handlers[0]):
            ast.copy_location(part, node)
        return [ast.copy_location(guard, node), *observed]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        """In-place sums would change what others hold; elements are still written in place."""
        if isinstance(node.target, ast.Subscript) and not _is_key(node.target):
            return [node, *([_observed(node.target, None)] if _claims(node.target) else [])]
        value = ast.BinOp(_load(node.target), node.op, node.value)
        plain = ast.copy_location(ast.Assign([node.target], value), node)
        return [plain, _observed(node.target, value) if _claims(node.target) else self._noted(node.target)]

    def _noted(self, target: ast.expr) -> ast.stmt:
        """The call after an assignment to V."""
        if not isinstance(target, ast.Name) or target.id not in self.claimed:
            return ast.copy_location(ast.Pass(), target)
        call = f"{OBSERVE}.assigned({target.id!r}, {target.id})"
        return ast.copy_location(ast.parse(call).body[0], target)


def _claimed(tree: ast.Module) -> set[str]:
    """Every V of which there is a dV."""
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return {name[1:] for name in names if CLAIM.match(name)}


def _plain(node: ast.AnnAssign) -> ast.Assign:
    """The assignment without its annotation."""
    assert node.value is not None
    return ast.Assign([node.target], node.value)


def _entries_of(name: str, display: ast.Dict) -> Iterator[ast.Subscript]:
    """The claims in `grads = {"dW": ..., "db": ...}`; one that only has a name was claimed under it."""
    for key, value in zip(display.keys, display.values, strict=True):
        entry = ast.Subscript(ast.Name(name, ast.Load()), key or ast.Constant(None), ast.Store())
        if key is not None and _is_text(key) and not isinstance(value, ast.Name) and _claims(entry):
            yield ast.copy_location(entry, key)


def _leaves(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [leaf for part in target.elts for leaf in _leaves(part)]
    return [target.value] if isinstance(target, ast.Starred) else [target]


def _is_key(target: ast.Subscript) -> bool:
    """Whether a subscript is a dictionary key such as "dW1", "dW" + str(l) or f"dW{l}", and no index of an array."""
    return any(isinstance(n, ast.JoinedStr) or _is_text(n) for n in ast.walk(target.slice))


def _is_entry(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _claims(target: ast.expr) -> bool:
    if isinstance(target, ast.Name):
        return bool(CLAIM.match(target.id))
    if isinstance(target, ast.Subscript):
        if AVERAGES.fullmatch(ast.unparse(target.value)):
            return False
        return _is_key(target) or (isinstance(target.value, ast.Name) and bool(CLAIM.match(target.value.id)))
    return False


def _load(target: ast.expr) -> ast.expr:
    copy = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(copy, target)


def _index(node: ast.expr) -> str:
    """The code of an index as a value: a slice is written i:j inside of brackets only."""
    if isinstance(node, ast.Slice):
        parts = (ast.unparse(part) if part else "None" for part in (node.lower, node.upper, node.step))
        return f"slice({', '.join(parts)})"
    return f"({', '.join(map(_index, node.elts))},)" if isinstance(node, ast.Tuple) else ast.unparse(node)


def _key(target: ast.expr) -> str:
    """The code of a claim's key: that of the dictionary, or the name."""
    return ast.unparse(target.slice) if isinstance(target, ast.Subscript) else repr(ast.unparse(target))


def _observed(target: ast.expr, value: ast.expr | None) -> ast.stmt:
    """The statement that hands a claim to the observer; a claim made of itself is one step of an accumulation."""
    text = ast.unparse(target)
    parts = [n for n in ast.walk(value or ast.Constant(0)) if isinstance(n, (ast.Name, ast.Subscript))]
    step = value is None or text in {ast.unparse(part) for part in parts}
    if isinstance(target, ast.Subscript) and not _is_key(target):
        name, index = ast.unparse(target.value), _index(target.slice)
        call = f"{OBSERVE}.element({target.lineno}, {name!r}, {name}, {index}, locals(), {step})"
        return ast.copy_location(ast.parse(call).body[0], target)
    call = f"{text} = {OBSERVE}({target.lineno}, {_key(target)}, {text}, locals(), {step}, {_is_entry(target)})"
    return ast.copy_location(ast.parse(call).body[0], target)


def trying(tried: CodeType) -> dict[str, Any]:
    """What a hole in a script is filled with: a function of the scope, the value of an expression in it."""
    return {TRY: lambda scope: eval(tried, scope)}
