"""What a statement of a course page claims, as programs for the checker: it is right when one of them is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..meaning.shapes import AskError, Shape, World
from ..meaning.written import MeaningError
from ..reading.code import UnreadCodeError
from ..reading.code_edits import code_edits
from ..reading.damage import names
from ..reading.edits import edits
from ..reading.products import UnreadError
from ..reading.tree import Call, Derivative, Name, Number, Op, Over, Tree
from . import units, values
from .calculus import Above, Claim, base, in_calculus
from .canonical import written
from .doubts import compares
from .lefts import label_of, lefts_of
from .variants import variants


def worlds(claim: Claim, above: Above) -> list[list[World]]:
    """The networks that a statement may speak of, most likely first; of a general layer, each hidden layer in turn."""
    used = [*names(claim.left), *names(claim.right)]
    layers = [name.layer for name in used if name.layer]
    options: dict[str, Any] = {"last_is_general": above.general_last, "one_is_general": above.one_is_general}
    is_general = any(not layer.isdigit() for layer in layers) or (above.one_is_general and bool(layers))
    numbers = ["m"] if any(name.base == "m" for name in used) else ["m", "1"]
    options["hidden"] = "relu" if compares(claim.right) else ""
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
    if claim.right == Number("0") and claim.relation in ("=", ":=") and base(claim.left) not in "yYzZ":
        return units.Judged("right", reason="a sum starts at 0")
    if claim.relation == r"\approx":
        return units.Judged("unjudged", reason="an approximation")
    if function := _defined(claim):
        return units.Judged("right", reason=f"it defines {function}")
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
    if verdict := _of_other_label(claim, above) or _by_slip(claim, above):
        return verdict
    has_other_shape = all(units.of_program(program, seed).cause == values.OTHER_SHAPE for program in wrong)
    if not _claims_derivative(claim) or has_other_shape:
        return units.Judged("unjudged", reason="it differs from the course, and no slip explains how")
    explained = [units.judged(program, seed, explained=True) for program in wrong[:1]]
    verdict = explained[0]
    is_guess = verdict.cause.startswith("the chain rule gives")
    return units.Judged("wrong", "" if is_guess else verdict.cause, "" if is_guess else verdict.fix)


def _defined(claim: Claim) -> str:
    """The name of the function of one variable that a statement defines; empty where it defines none."""
    left = claim.left
    if not isinstance(left, Call) or not isinstance(left.function, Name) or left.function != Name("f"):
        return ""
    used = {name for name in names(claim.right) if name.base != "e"}
    return "f" if len(left.arguments) == 1 and used == {left.arguments[0]} else ""


def _of_other_label(claim: Claim, above: Above) -> units.Judged | None:
    """A loss that is right for the other label stands in the wrong branch."""
    label = label_of(claim.left)
    if not label or not isinstance(claim.left, Call):
        return None
    first, other = claim.left.arguments[0], str(1 - int(label))
    swapped = replace(claim, left=Call(claim.left.function, (first, Number(other))))
    if any(units.of_program(program, 0).verdict == "right" for one in _alternatives(swapped, above) for program in one):
        return units.Judged("wrong", f"this is the loss of y = {other}: the branches are exchanged")
    return None


def _by_slip(claim: Claim, above: Above) -> units.Judged | None:
    """The right formula where it differs from the written one by a usual slip, with the slip as the cause."""
    if not claim.written:
        return None
    for tex, cause in (code_edits if claim.is_code else edits)(claim.written):
        try:
            right = claim.again(tex)
        except (UnreadError, UnreadCodeError):
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
        for one in variants(claim):
            if _is_outside(one):
                return
            for group in worlds(one, above):
                for lefts in lefts_of(one, group[0]):
                    try:
                        yield [_program(one, world, left) for world in group for left in [lefts(world)]]
                    except (KeyError, ValueError, AskError):
                        continue
    except (MeaningError, AskError, KeyError, ValueError):
        return


def _is_outside(claim: Claim) -> bool:
    """Whether a statement says nothing of the network: data, plain numbers, a function or a derivative of its own."""
    left, right = claim.left, names(claim.right)
    data = isinstance(left, Name) and not left.kind and left.base in ("X", "Y", "x", "y", "n", "m")
    is_input = isinstance(claim.right, Name) and claim.right.layer == "0"
    data = data and not is_input and not (isinstance(claim.right, Call) and claim.right.function == "npcols")
    strange = any(name.base in ("f", "u", "v", "c") for name in right)
    return data or strange or not right or _holds_derivative(claim.right)


def _holds_derivative(tree: Tree) -> bool:
    if isinstance(tree, Derivative):
        is_slope = isinstance(tree.of, Call) and base(tree.of) in ("sigma", "r", "g")
        of_z = isinstance(tree.of, Op) and {name.base for name in names(tree.of)} <= {"z", "Z", "e"}
        return base(tree.of) not in ("J", "L") and not is_slope and not of_z
    if isinstance(tree, Over):
        return isinstance(tree.body, Derivative)
    return isinstance(tree, Op) and any(_holds_derivative(kid) for kid in tree.kids)


def _program(claim: Claim, world: World, left: tuple[str, Shape] | None) -> str:
    right = written(claim.right, world)
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
        value = f"{written(claim.left, world).text} - {right.within(1)}"
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
