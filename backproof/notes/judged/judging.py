"""What a statement of a course page claims, as programs for the checker: it is right when one of them is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..meaning.shapes import AskError, Shape, World
from ..meaning.to_python import to_python
from ..meaning.written import Code, MeaningError
from ..reading.damage import names
from ..reading.edits import edits
from ..reading.products import UnreadError
from ..reading.tree import Call, Derivative, Name, Number, Op, Over, Tree
from . import units, values
from .calculus import Above, Claim, base, in_calculus

ACTIVATIONS = ("sigma(Z)", "np.tanh(Z)", "np.maximum(0, Z)", "np.where(Z > 0, Z, 0.01 * Z)")


def worlds(claim: Claim, above: Above) -> list[list[World]]:
    """The networks that a statement may speak of, most likely first; of a general layer, each hidden layer in turn."""
    used = [*names(claim.left), *names(claim.right)]
    layers = [name.layer for name in used if name.layer]
    options: dict[str, Any] = {"last_is_general": above.general_last, "one_is_general": above.one_is_general}
    is_general = any(not layer.isdigit() for layer in layers) or (above.one_is_general and bool(layers))
    numbers = ["m"] if any(name.base == "m" for name in used) else ["m", "1"]
    if not layers:
        return [[World(layers=1, examples=examples)] for examples in numbers]
    if is_general:
        plain = [World(layers=4, general=layer, **options) for layer in (1, 2, 3)]
        last = [[replace(plain[0], last_is_general=False)]] if above.general_last else []
        return [
            [replace(world, examples=examples) for world in group] for group in [plain, *last] for examples in numbers
        ]
    deepest = max(int(layer) for layer in layers)
    depths = [depth for depth in (2, 4) if depth >= deepest]
    return [[World(layers=depth, examples=examples, **options)] for depth in depths for examples in numbers]


def judge(claim: Claim, above: Above, seed: int = 0) -> units.Judged:
    """The verdict on a statement under what stands above it."""
    if claim.right == Number("0") and claim.relation in ("=", ":="):
        return units.Judged("right", reason="a sum starts at 0")
    if claim.relation == r"\approx":
        return units.Judged("unjudged", reason="an approximation")
    wrong: list[str] = []
    reason = "it claims nothing that the course knows"
    for programs in _alternatives(claim, above):
        verdicts = [units.of_program(program, seed) for program in programs]
        if all(verdict.verdict == "right" for verdict in verdicts):
            return verdicts[0]
        found = [at for at, verdict in enumerate(verdicts) if verdict.verdict == "wrong"]
        if found:
            wrong.append(programs[found[0]])
        else:
            reason = next(verdict.reason for verdict in verdicts if verdict.verdict == "unjudged")
    if not wrong:
        return units.Judged("unjudged", reason=reason)
    if verdict := _by_slip(claim, above):
        return verdict
    if not _claims_derivative(claim):
        return units.Judged("unjudged", reason="it differs from the course, and no slip explains how")
    explained = [units.judged(program, seed, explained=True) for program in wrong[:1]]
    verdict = explained[0]
    is_guess = verdict.cause.startswith("the chain rule gives")
    return units.Judged("wrong", "" if is_guess else verdict.cause, "" if is_guess else verdict.fix)


def _by_slip(claim: Claim, above: Above) -> units.Judged | None:
    """The right formula where it differs from the written one by a usual slip, with the slip as the cause."""
    if not claim.written:
        return None
    for tex, cause in edits(claim.written):
        try:
            right = claim.again(tex)
        except (UnreadError, RecursionError):
            continue
        for programs in _alternatives(replace(claim, right=right), above):
            if not all(values.is_equality(program) for program in programs):
                continue
            if all(units.of_program(program, 0).verdict == "right" for program in programs):
                return units.Judged("wrong", cause, fix_tex=tex.strip())
    return None


def _claims_derivative(claim: Claim) -> bool:
    left = claim.left
    if isinstance(left, Call) and isinstance(left.function, Name) and left.function.primes:
        return True
    return isinstance(left, Derivative) or (isinstance(left, Name) and left.kind == "d")


def _alternatives(claim: Claim, above: Above) -> Iterator[list[str]]:
    """Lists of programs; a list is right when each of its programs is."""
    try:
        yield from in_calculus(claim, above)
        if _is_outside(claim):
            return
        for group in worlds(claim, above):
            for lefts in _lefts(claim, group[0]):
                try:
                    yield [_program(claim, world, left) for world in group for left in [lefts(world)]]
                except (KeyError, ValueError, AskError):
                    continue
    except (MeaningError, AskError, KeyError, ValueError):
        return


def _is_outside(claim: Claim) -> bool:
    """Whether a statement says nothing of the network: data, plain numbers, a function or a derivative of its own."""
    left, right = claim.left, names(claim.right)
    data = isinstance(left, Name) and not left.kind and left.base in ("X", "Y", "x", "y", "n", "m")
    strange = any(name.base in ("P", "f", "u", "v", "c") for name in right)
    return data or strange or not right or _holds_derivative(claim.right)


def _holds_derivative(tree: Tree) -> bool:
    if isinstance(tree, Derivative):
        return base(tree.of) not in ("J", "L")
    if isinstance(tree, Over):
        return isinstance(tree.body, Derivative)
    return isinstance(tree, Op) and any(_holds_derivative(kid) for kid in tree.kids)


def _write(tree: Tree, world: World) -> Code:
    code = to_python(tree, world, "program")
    return Code(canonical(code.text, world), code.shape, code.binds)


def canonical(text: str, world: World) -> str:
    """The names of the course's programs: capitals for all examples, p_ before a derivative."""

    def change(match: re.Match[str]) -> str:
        word = match.group()
        if derivative := re.fullmatch(r"d([a-zA-Z]\w*)", word):
            return "p_" + change_name(derivative.group(1))
        if derivative := re.fullmatch(r"d[LJ]_d(\w+)", word):
            return "p_" + change_name(derivative.group(1))
        return change_name(word)

    def change_name(word: str) -> str:
        if word == "N":
            return "m"
        if word in ("y_hat", "Y_hat"):
            return "Y_hat"
        if word in ("x", "y", "z", "a") or re.fullmatch(r"[za]\d", word):
            return word.upper()
        if re.fullmatch(r"w\d", word) or (word == "w" and world.layers > 1):
            return word.upper()
        if word == "W" and world.layers == 1:
            return "w"
        if component := re.fullmatch(r"w_(\d)", word):
            return f"w[{int(component.group(1)) - 1}, 0]"
        if component := re.fullmatch(r"(w|b|z|a|Z|A|W)(\d)_(\d)", word):
            base, layer, row = component.groups()
            unit = f"{base.upper() if base != 'b' else base}{layer}[[{int(row) - 1}], :]"
            return f"{unit}.T" if base in "wW" else unit
        return word

    text = re.sub(r"(?<![\w.])(?!np\b|d_)[A-Za-z]\w*(?!\w|\()", change, text)
    return re.sub(r"p_w\[", "p_w[", text)


def _program(claim: Claim, world: World, left: tuple[str, Shape] | None) -> str:
    right = _write(claim.right, world)
    if left is None:
        raise ValueError("nothing is known of the left side")
    text, shape = left
    shape = tuple(world.size(int(n[2:])) if n.startswith("n_") and n[2:].isdigit() else n for n in shape)
    value = right.text
    if claim.relation == "+=" or (claim.relation == r"\leftarrow" and _is_accumulated(claim)):
        text, value = f"m * {text}", f"sum({value} for i in range(m))" if "i" in value else f"m * ({value})"
    elif claim.relation == "/=":
        value = f"m * {text} / {right.within(4)}"
    elif claim.relation == "-=":
        value = f"{text} - {right.within(1)}"
    elif claim.relation == "=" and _divided(claim):
        value = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", f"(m * {text})", value)
    value = re.sub(r"(?<!\w)J(?!\w)", f"(m * {text})" if _divided(claim) else text, value) if text == "J0" else value
    extra = [f'{name}: "()"' for name in sorted(_unknown(claim, world))]
    program = units.equality(text, value, shape, world, extra)
    if "[i]" in text or (re.search(r"\[:, \[i\]\]", value) and "for i" not in value):
        program = program.replace("\nJ = ", "\ni = m - 1\nJ = ")
    return program


def _is_accumulated(claim: Claim) -> bool:
    return isinstance(claim.right, Name) and claim.right.example == "i" and claim.right.kind == "d"


def _divided(claim: Claim) -> bool:
    """Whether it is V = V / m, the end of an accumulation."""
    right = claim.right
    return isinstance(right, Op) and right.kind == "div" and right.kids[0] == claim.left


def _unknown(claim: Claim, world: World) -> set[str]:
    """Sizes that the page uses without a definition."""
    return {name.base for name in names(claim.right) if name.base == "n" and not name.parts and not name.layer}


def _lefts(claim: Claim, world: World):  # type: ignore[no-untyped-def]
    """Functions from a world to the known value of the left side, most likely first."""
    left = claim.left
    if claim.right == Number("0") and claim.relation == "=":
        yield lambda _: ("0", ())
        return
    if isinstance(left, Name) and left.kind != "d" and left.base in ("J", "L", "Cost", "cost") and not left.layer:
        yield from _costs(claim)
        return
    if isinstance(left, Call) and isinstance(left.function, Name):
        if left.function.base in ("J", "L"):
            yield from _costs(claim)
            return
        yield from _function(left, claim)
        return
    if isinstance(left, Name) and _is_update(claim):
        yield lambda world: _updated(left, world)
        return
    is_activation = isinstance(left, Name) and left.base in ("a", "A") and not left.kind and not left.layer
    if is_activation and not getattr(left, "example", "") and _only_of_z(claim.right):
        for activation in ACTIVATIONS:
            yield lambda world, text=activation: (text, ("1", world.examples))
        return
    if (
        isinstance(left, Name)
        and not left.kind
        and left.layer
        and _only_of_z(claim.right)
        and not _calls_g(claim.right)
    ):
        is_sigma = any(name.base == "sigma" for name in names(claim.right))
        for activation in ("sigma",) if is_sigma else ("sigma", "np.tanh", "relu"):
            yield lambda world, text=activation: _activated(left, text, world)
        return
    yield lambda world: _plain(left, world)


def _plain(left: Tree, world: World) -> tuple[str, Shape]:
    code = _write(left, world)
    if isinstance(left, (Name, Derivative)) and not re.match(r"p_|[A-Za-z_]\w*(\d|\b)", code.text):
        raise ValueError(code.text)
    return code.text, code.shape


def _activated(left: Name, activation: str, world: World) -> tuple[str, Shape]:
    code = _write(Name("z", layer=left.layer), world)
    return f"{activation}({code.text})", code.shape


def _only_of_z(tree: Tree) -> bool:
    used = [name for name in names(tree) if name.base not in ("e", "sigma", "np")]
    return bool(used) and all(name.base in "zZ" for name in used)


def _calls_g(tree: Tree) -> bool:
    return any(name.base == "g" for name in names(tree))


def _costs(claim: Claim):  # type: ignore[no-untyped-def]
    bases = {name.base for name in names(claim.right)}
    per_example = any(isinstance(n, Name) and n.example for n in names(claim.right))
    is_mean = claim.relation in ("+=", "/=") or "m" in bases or "sum" in claim.tex or base(claim.left) == "J"
    if claim.relation == "=" and per_example and "sum" not in claim.tex:  # an accumulation whose + is lost
        yield lambda world: ("L(A, Y)[:, [i]]", ("1", "1"))
    if is_mean:
        yield lambda _: ("J0", ())
    if "sum" in claim.tex or per_example:
        return
    if "y" not in bases and "Y" not in bases:
        for label in ("0", "1"):
            yield lambda world, y=label: (f"L(A, {y})", ("1", world.examples))
        return
    yield lambda world: ("L(A, Y)", ("1", world.examples))
    yield lambda world: ("(A - Y) ** 2 / 2", ("1", world.examples))


def _function(left: Call, claim: Claim):  # type: ignore[no-untyped-def]
    assert isinstance(left.function, Name)
    if left.function.base in ("g", "sigma") and not left.function.primes:
        choices = ACTIVATIONS if left.function.base == "g" else ACTIVATIONS[:1]
        for activation in choices:
            yield lambda world, text=activation: (text, ("1", world.examples))


def _is_update(claim: Claim) -> bool:
    right = claim.right
    first = right.kids[0] if isinstance(right, Op) and right.kind in ("sub", "add") else None
    return (
        isinstance(claim.left, Name)
        and first == Name(claim.left.base, claim.left.kind, claim.left.layer, "", claim.left.parts)
    ) or claim.relation == "-="


def _updated(left: Name, world: World) -> tuple[str, Shape]:
    value = _write(left, world)
    slope = _write(Name(left.base, "d", left.layer, "", left.parts), world)
    return f"{value.text} - alpha * {slope.text}", value.shape
