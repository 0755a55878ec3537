"""What the formulas of a page tell of its signs: bare layers as in w^l, a delta of its own, what J depends on."""

import re
from collections.abc import Sequence

LAYERED = r"(\\(?:delta|sigma)(?![a-zA-Z])|(?<![a-zA-Z\\])[awzbhnAWZBH])"
BARE = re.compile(LAYERED + r"(_\{\w+\}|_\w)?\s*\^\s*(?:(\d|[lL])(?![a-zA-Z])|\{\s*(\d|[lL](?:\s*[-+]\s*1)?)\s*\})")
GENERAL = re.compile(LAYERED + r"(?:_\{\w+\}|_\w)?\s*\^\s*(?:[lL](?![a-zA-Z])|\{\s*[lL](?:\s*[-+]\s*1)?\s*\})")
OWN_DELTA = re.compile(
    r"(?:^|[\n&,$]|\\\\|\\quad)\s*\\?(?:boldsymbol|mathbf|bm)?\s*\{?\\delta\}?(?:[_^](?:\{[^{}]*\}|\w))*\s*&?\s*(?:=|:=|\\equiv)"
)
COST_OF = re.compile(
    r"((?:\\mathcal\s*\{)?[JLEC]\}?)\s*\(\s*((?:\\(?:mathbf|boldsymbol|bm)\s*\{\s*\\?[a-zA-Z]+\s*\}|\\theta|[wWa-z]))\s*\)\s*&?\s*="
)
WORD = re.compile(r"(?<![\\A-Za-z:{.])([a-z]{4,})(?![A-Za-z.])|(?<=\{)([a-z]{4,})(?=[\s_])")
WORDS_OF_CODE = {"axis", "keepdims", "tanh", "softmax", "sigmoid", "relu", "zeros", "ones", "dots", "true", "cases"}

E = re.compile(r"\\(?:mathbf|boldsymbol|bm)\s*\{\s*e\s*\}|(?<![\\a-zA-Z{])e(?![a-zA-Z^\s])")
OWN_E = re.compile(r"(?:^|[\n&,$]|\\\\|\\quad)\s*(?:\\(?:mathbf|boldsymbol|bm)\s*\{\s*e\s*\}|e)\s*&?\s*=(?!=)")

Habits = tuple[tuple[re.Pattern[str], str], ...]


def habits(formulas: Sequence[str]) -> Habits:
    """Return the respellings that make the signs of a page plain."""
    text = "\n".join(formulas)
    found: list[tuple[re.Pattern[str], str]] = []
    if GENERAL.search(text):
        found.append((BARE, r"\1\2^{[\3\4]}"))
    if OWN_DELTA.search(text):
        found.append((re.compile(r"\\delta(?![a-zA-Z])"), r"\\w:delta:"))
    if OWN_E.search(text):
        found.append((E, r"\\w:e:"))
    if cost := COST_OF.search(text):
        top = re.escape(cost.group(1))
        by = cost.group(2).replace("\\", r"\\")
        found.append((re.compile(rf"\\nabla\s*(?={top}(?![a-zA-Z]))"), rf"\\nabla_{{{by}}} "))
    return tuple(found)


def respelt(tex: str, found: Habits) -> str:
    """Return the formula in the page's own plain spelling."""
    for pattern, plain in found:
        tex = pattern.sub(plain, tex)
    return WORD.sub(_word, tex)


def _word(match: re.Match[str]) -> str:
    word = match.group(1) or match.group(2)
    return word if word in WORDS_OF_CODE else f"\\w:{word}:"
