"""Slips planted in an equation: what a hand or a scanner gets wrong in one place."""

import re
from collections.abc import Iterator

SLIPS: tuple[tuple[str, str, str], ...] = (
    ("a sign flipped", r" \+ ", " - "),
    ("a sign flipped", r" - ", " + "),
    ("a sign dropped", r"(?<=[=&(] )-|(?<=\()-(?=\\|\w)|(?<=: )-", ""),
    ("a factor 1/m dropped", r"\\t?frac\{1\}\{[mN]\} ?", ""),
    ("a factor dropped", r"(?<![\w}])2(?=[a-zA-Z])", ""),
    ("a power dropped", r"\^2(?!\d)|\^3", ""),
    ("a transpose dropped", r"(?<=\])T(?=\})|\^T(?![a-z])", ""),
    ("the layer itself", r"\[l-1\]|\[L-1\]", "[l]"),
    ("the layer before", r"\[l\](?!: )", "[l-1]"),
    ("the layer after", r"\[1\]", "[2]"),
    ("the layer itself", r"(?<=_)\{l-1\}", "l"),
    ("the log of the other probability", r"\\log\(1 - (\w|\\hat\{\w\})\)", r"\\log \1"),
    ("the log of the other probability", r"\\log (\w|\\hat\{\w\})(?![\w_^])", r"\\log(1 - \1)"),
    ("g for g'", r"(?<=[gh])'|\\prime(?=\})", ""),
    ("less for greater", " > ", " < "),
    ("less for greater", r" \\geq ", r" \\leq "),
    ("a sum dropped", r"(?:\\textstyle)?\\sum(?:_(?:\{[^{}]*\}|\w))?(?:\^\w)? ?", ""),
    ("another number", r"(?<![\w\[{^.])(?:[0-9]+)(?![\w\]}])", "7"),
    ("minus the right side", r"(?<= )= (?!-|0|\d \\dots)", r"= -"),
)


def slips(latex: str) -> Iterator[tuple[str, str]]:
    """Yield what was done and the equation with it done, for each slip in each place where it fits."""
    seen = {latex}
    for cause, old, new in SLIPS:
        for match in re.finditer(old, latex):
            wrong = latex[: match.start()] + match.expand(new) + latex[match.end() :]
            if wrong not in seen:
                seen.add(wrong)
                yield cause, wrong
