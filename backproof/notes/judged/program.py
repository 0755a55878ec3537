"""A page with a forward part of its own as one derivation for the checker, with a map of lines to statements."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..meaning.own_world import Read, is_square, kept, of_all, take_shapes, with_variance, world_of
from ..meaning.python_names import python_name
from ..meaning.shapes import AskError, World, plain
from ..meaning.to_python import COSTS, to_python
from ..meaning.written import MeaningError
from ..reading.damage import names
from ..reading.tree import Call, Derivative, Name, Op, Tree
from .course import FUNCTIONS

BUILT_IN = {"np", "sum", "range", "m", "i", "sigma", "relu", "softmax", "L", "sigma_prime", "len"}


@dataclass
class Derivation:
    """The program, which statement stands on which of its lines, and what was taken from the course."""

    lines: list[str] = field(default_factory=list)
    at: dict[int, int] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    unjudged: dict[int, str] = field(default_factory=dict)
    cost_at: int | None = None
    world: World = field(default_factory=World)
    has_variance: bool = False

    @property
    def source(self) -> str:
        """The program as text."""
        return "\n".join(self.lines) + "\n"


def derivation(reads: Sequence[Read | None], text: str) -> Derivation:
    """Return the program of a page: inputs, its forward part, its cost, then its claims in their order."""
    built = Derivation()
    world = world_of(reads, text)
    own = dict(world.own)
    world = replace(world, own=own)
    has_variance = any(read and is_square(read[0]) for read in reads)
    built.world, built.has_variance = world, has_variance
    forward: list[tuple[int, str]] = []
    claims: list[tuple[int, str]] = []
    defined: dict[str, str] = {}
    cost = ""
    for number, read in enumerate(reads):
        if read is None:
            continue
        read = of_all(read) if world.examples == "m" else read
        left, relation, right = with_variance(read) if has_variance else read
        take_shapes(right, world)
        try:
            target = claimed(left, world)
            code = to_python(right, world, "program")
        except (MeaningError, AskError, KeyError, ValueError) as error:
            built.unjudged[number] = str(error)
            continue
        if re.search(r"\bd\w+_d\w+", code.text):
            built.unjudged[number] = "it holds a derivative of its own"
            continue
        if target and cost and _other_cost(left, cost):
            built.unjudged[number] = f"it differentiates something else than {cost}"
            continue
        if target:
            if relation in ("=", ":="):
                claims.append((number, f"{target} = {code.text}"))
            continue
        word = _defined(left, world)
        if not word or word in defined or relation not in ("=", ":="):
            built.unjudged[number] = "it restates what is known" if word else "it claims no derivative of the cost"
            continue
        if (word in COSTS and cost) or word in names_of(code.text):
            built.unjudged[number] = "an update" if word in names_of(code.text) else "a second cost"
            continue
        if turned := [name for name in names_of(code.text) if word in names_of(defined.get(name, "0"))]:
            at = next(at for at, line in forward if line.startswith(f"{turned[0]} = "))
            built = derivation([None if other == at else one for other, one in enumerate(reads)], text)
            built.unjudged[at] = "it restates what is known"  # of two that turn each other round, the later one stands
            return built
        if word in COSTS:
            cost = word
            built.cost_at = number
        defined[word] = code.text
        if isinstance(left, Name):
            own[plain(Name(left.base, "", left.layer, "", kept(left)))] = code.shape
        forward.append((number, f"{word} = {code.text}"))
    _assemble(built, world, forward, claims, defined, cost)
    return built


def _other_cost(left: Tree, cost: str) -> bool:
    of = left.of.function if isinstance(left, Derivative) and isinstance(left.of, Call) else getattr(left, "of", None)
    return isinstance(of, Name) and of.base != cost and {of.base, cost} != {"L", "J"}


def claimed(left: Tree, world: World) -> str:
    """The name of the derivative that a left side claims; empty where it is none of the cost."""
    if isinstance(left, Derivative):
        of = left.of.function if isinstance(left.of, Call) else left.of
        if isinstance(of, Name) and of.base in COSTS and isinstance(left.by, Name) and left.of != left.by:
            return to_python(Name(left.by.base, "d", left.by.layer, "", kept(left.by)), world, "program").text
        return ""
    if isinstance(left, Name) and left.kind == "d":
        return to_python(Name(left.base, "d", left.layer, "", kept(left)), world, "program").text
    return ""


def _defined(left: Tree, world: World) -> str:
    if isinstance(left, Call) and isinstance(left.function, Name) and left.function.base in COSTS:
        return left.function.base
    if isinstance(left, Op) and left.kind == "pow" and isinstance(left.kids[0], Name):
        return ""
    return python_name(Name(left.base, "", left.layer, "", kept(left)), world) if isinstance(left, Name) else ""


def names_of(source: str) -> set[str]:
    """Every name that a source reads."""
    return {node.id for node in ast.walk(ast.parse(source.strip())) if isinstance(node, ast.Name)}


def _assemble(
    built: Derivation,
    world: World,
    forward: list[tuple[int, str]],
    claims: list[tuple[int, str]],
    defined: dict[str, str],
    cost: str,
) -> None:
    """Put the lines together; what is used and never defined is an input, or taken from the course."""
    used = set().union(*(names_of(line.partition(" = ")[2]) for _, line in [*forward, *claims]), set())
    known = set(defined) | BUILT_IN | {line.partition(" = ")[0] for _, line in claims}
    before: list[str] = []
    for word in sorted(used - known):
        before += _from_course(word, world, known | set(before), built)
    if "J_data" in used:
        forward.insert(
            max(at for at, (_, line) in enumerate(forward) if "J_data" in line),
            (-1, f"J_data = -1 / m * np.sum(Y * np.log(A{world.layers}) + (1 - Y) * np.log(1 - A{world.layers}))"),
        )
        built.assumed.append(forward[-2][1])
        used.add(f"A{world.layers}")
        before += _from_course(f"A{world.layers}", world, known | {line.partition(" = ")[0] for line in before}, built)
    given = sorted(word for word in used - known if word.startswith("d") and word[1:] in defined)
    if not cost and given:
        forward.append((-1, "J = " + " + ".join(f"np.sum({word} * {word[1:]})" for word in given)))
        built.assumed.append(f"a cost with {', '.join(given)} as given: {forward[-1][1]}")
        world.own.update({word: world.shape(Name(word[1:])) for word in given})  # type: ignore[attr-defined]
        cost = "J"
    elif not cost:
        prediction = next(
            (name for name in ("Y_hat", "y_hat", f"A{world.layers}", "P", "p", "A", "a") if name in known | used), ""
        )
        if not prediction:
            built.unjudged |= {number: "there is no forward part and no cost above it" for number, _ in claims}
            claims, forward, prediction = [], [], "0"
        labels = "Y" if prediction[:1].isupper() else "y"
        cost = "J"
        text = (
            "-np.sum(Y * np.log(PRED))"
            if world.outputs == "k"
            else "-np.sum(Y * np.log(PRED) + (1 - Y) * np.log(1 - PRED))"
        )
        forward.append(
            (
                -1,
                f"J = {text} / m".replace("PRED", prediction)
                .replace("Y *", f"{labels} *")
                .replace("- Y", f"- {labels}"),
            )
        )
        built.assumed.append(f"the cost, which the page does not give: {forward[-1][1]}")
        used |= {labels}
    within = set().union(*(names_of(line) for _, line in forward), names_of("\n".join(before) or "0"), set(given))
    within |= BUILT_IN | {line.partition(" = ")[0] for _, line in claims} | set(world.sizes.values()) | {"n", "N", "D"}
    for number, line in claims:
        if strange := names_of(line.partition(" = ")[2]) - within:
            built.unjudged[number] = f"{', '.join(sorted(strange))} is not defined on this page"
    claims = [(number, line) for number, line in claims if number not in built.unjudged]
    body = [line for _, line in forward] + [line for _, line in claims]
    targets = {line.partition(" = ")[0] for line in body}
    inputs = sorted(
        set().union(*(names_of(line.partition(" = ")[2]) for line in body), names_of("\n".join(before) or "0"))
        - targets
        - BUILT_IN
        - set(world.sizes.values())
        - {size for shape in world.own.values() for size in shape}
        - {line.partition(" = ")[0] for line in before}
    )
    built.lines = ["import numpy as np"]
    for word in inputs:
        declared = _declaration(word, world)
        built.lines.append(declared)
        built.assumed.append(declared)
    functions = FUNCTIONS.replace("axis=0", "axis=1") if world.rows else FUNCTIONS
    built.lines += functions.rstrip().split("\n")
    if not any(", m" in line or "m," in line for line in built.lines[: len(inputs) + 1]) and "m" in used:
        built.lines.insert(1, 'm_: "m"')
    if "sigma" in defined:
        built.lines = built.lines[: len(inputs) + 1] + functions.partition("def relu")[2].join(
            ["def relu", ""]
        ).rstrip().split("\n")
    if "y" in inputs and "softmax" in world.said and world.outputs == "k":
        built.lines.append("y = softmax(y)")
    built.lines += before
    forward = _in_order(forward)
    for number, line in forward:
        built.lines.append(line)
        built.at[len(built.lines)] = number
    if cost != "J":
        built.lines.append(f"J = np.sum({cost})")
    for number, line in claims:
        built.lines.append(line)
        built.at[len(built.lines)] = number


def _in_order(forward: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines so that each name is defined before it is used."""
    left, ordered = list(forward), []
    while left:
        waiting = {line.partition(" = ")[0] for _, line in left}
        ready = [
            item
            for item in left
            if not names_of(item[1].partition(" = ")[2]) & (waiting - {item[1].partition(" = ")[0]})
        ]
        taken = ready[0] if ready else left[0]
        ordered.append(taken)
        left.remove(taken)
    return ordered


def _from_course(word: str, world: World, known: set[str], built: Derivation) -> list[str]:
    """The forward line of the course for a name that the page uses and does not define."""
    layered = re.fullmatch(r"([AZ])(\d)", word)
    lines: list[str] = []
    if layered and int(layered.group(2)):
        letter, layer = layered.group(1), int(layered.group(2))
        below = "X" if layer == 1 else f"A{layer - 1}"
        for name in (below, f"Z{layer}"):
            if (
                re.fullmatch(r"[AZ]\d", name)
                and name not in known
                and name != word
                and not (letter == "Z" and name[0] == "Z")
            ):
                lines += _from_course(name, world, known, built)
        function = "sigma" if layer == world.layers else "relu"
        line = f"{word} = W{layer} @ {below} + b{layer}" if letter == "Z" else f"{word} = {function}(Z{layer})"
        known.add(word)
        if line not in built.assumed:
            built.assumed.append(line)
            lines.append(line)
    return lines


def _declaration(word: str, world: World) -> str:
    base, layer = re.fullmatch(r"(.*?)(\d?)", word).groups()  # type: ignore[union-attr]
    shape = world.shape(Name(base, layer=layer))
    if word in ("lam", "eps", "p") or word.startswith("beta"):
        return f'{word}: "() in (0, 1)"' if not shape else f'{word}: "{", ".join(shape)}"'
    sizes = ", ".join(shape) if shape else "()"
    if word in ("Y", "y") and world.outputs == "k" and shape[-1:] != ("1",):
        return f'{word}: "{sizes} one-hot"'
    if word in ("Y", "y") and world.outputs != "k":
        return f'{word}: "{sizes} in {{0, 1}}"'
    return f'{word}: "{sizes}"'


def local_claim(read: Read, world: World, text: str) -> str:
    """The program of a derivative of an expression that stands in the claim itself, as in d tr(A W B) / dW."""
    left, _, right = read
    if not isinstance(left, Derivative) or not isinstance(left.by, Name) or isinstance(left.of, Name):
        return ""
    square = "n" if re.search(r"n\s*\\times\s*n", text) else ""
    own = dict(world.own)
    for name in [*names(left), *names(right)]:
        if name.base not in ("e", "m", "n"):
            own.setdefault(
                plain(name), (square or "n_1", square or "n_0") if name.base.isupper() else (square or "n_0", "1")
            )
    world = replace(world, own=own, is_own=True)
    try:
        of, value, by = (to_python(tree, world, "program") for tree in (left.of, right, left.by))
    except (MeaningError, AskError, KeyError, ValueError):
        return ""
    used = sorted((names_of(of.text) | names_of(value.text)) - BUILT_IN - {"n"})
    declared = [f'{word}: "{", ".join(world.own.get(word, ())) or "()"}"' for word in used]
    return "\n".join(["import numpy as np", *declared, f"J = np.sum({of.text})", f"d{by.text} = {value.text}", ""])
