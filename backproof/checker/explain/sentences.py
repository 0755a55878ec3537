"""What a slip is called, in the words of the field."""

from collections.abc import Callable

from .slips import Kind, Slip


def sentence(slip: Slip) -> str:
    """One line for a slip, or for the slips of a line."""
    own = SENTENCES[slip.kind](*slip.parts)
    return f"{own}; {sentence(slip.more)}" if slip.more else own


def _factor(factor: str, *_: str) -> str:
    return f"{factor.replace(' / ', '/')} is missing"


def _factor_on_term(factor: str, term: str) -> str:
    return f"{factor.replace(' / ', '/')} is missing at {term}"


def _slope(old: str, slope: str, z: str) -> str:
    inner = slope.strip("()")
    if old.strip("()") != z and old.strip("()") in inner:
        return f"g({z}) where g'({z}) belongs"
    return f"{old} where g'({z}) = {slope} belongs"


def _belongs(old: str, new: str) -> str:
    return f"{old} where {new} belongs"


def _axis(old: str, new: str) -> str:
    if "keepdims" in new and "keepdims" not in old and new.replace(", keepdims=True", "") == old:
        return "keepdims=True is missing"
    axis = new.partition("axis=")[2]
    depth, taken = 0, ""
    for character in axis:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0 or (character == "," and depth == 0):
            break
        taken += character
    return f"the sum runs along axis {taken}" if taken else "the sum runs over everything"


def _wrapped(old: str, new: str) -> str:
    if "((" in new and "((" not in old:
        return "the shape must be a tuple"
    return _belongs(old, new)


def _term(term: str) -> str:
    return f"the term {term} is missing"


def _too_many(operand: str) -> str:
    return f"{operand.replace(' / ', '/')} too many"


def _order(old: str, new: str) -> str:
    return f"operands in the wrong order: {old} where {new} belongs"


SENTENCES: dict[Kind, Callable[..., str]] = {
    Kind.FACTOR_MISSING: _factor,
    Kind.FACTOR_ON_ONE_TERM: _factor_on_term,
    Kind.TOO_MANY: _too_many,
    Kind.SIGN: lambda: "wrong sign",
    Kind.SIGN_INSIDE: lambda old, new: f"wrong sign: {old} where {new} belongs",
    Kind.TRANSPOSE: lambda old, new: f"transpose: {old} where {new} belongs",
    Kind.ORDER: _order,
    Kind.SLOPE_MISSING: lambda slope, z: f"g'({z}) = {slope} is missing",
    Kind.SLOPE: _slope,
    Kind.NAME: _belongs,
    Kind.EXPRESSION: _belongs,
    Kind.NUMBER: _belongs,
    Kind.POWER: lambda old, new: f"wrong power: {old} where {new} belongs",
    Kind.INDEX: lambda old, new: f"wrong index: {old} where {new} belongs",
    Kind.AXIS: _axis,
    Kind.REDUCTION: _belongs,
    Kind.FUNCTION: _belongs,
    Kind.WRAPPED: _wrapped,
    Kind.OPERATOR: _belongs,
    Kind.COMPARISON: lambda old, new: f"wrong comparison: {old} where {new} belongs",
    Kind.TERM_MISSING: _term,
    Kind.JACOBIAN: lambda old, new: "every output of the softmax depends on every input: what is taken away is missing",
    Kind.MASK: lambda condition: f"the mask {condition} is missing",
    Kind.ASSIGNMENT: _belongs,
    Kind.RANGE: lambda old, new: f"the wrong turns: {old} where {new} belongs",
    Kind.FORMULA: lambda new: f"the chain rule gives {new}",
    Kind.LABELS: lambda name: f"the claims are right where each example has one 1 in {name}, and only there",
}
