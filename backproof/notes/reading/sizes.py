"""Statements about shapes: X in R^(n_x x m), b.shape = (n, 1), w -> (n, n)."""

import re

TUPLE = re.compile(r"^\s*[(\[]?\s*\(?([^(),]*(?:\([^()]*\)[^(),]*)?)(?:,|\\times|×)([^(),]*(?:\([^()]*\)[^(),]*)?)\)?\s*[)\]]?\s*$")
REAL = re.compile(r"\\mathbb\s*\{?R\}?\s*(?:\^\s*(?:\{(.*)\}|(\w+)))?\s*$", re.S)
NAMED = re.compile(r"\s*(?:\.\s*(?:\\text\s*\{\s*)?shape\s*\}?|\\text\s*\{\s*\.?\s*shape\s*\}|\\?\.shape|\.)\s*$")
REMARK = re.compile(r"(\\?[A-Za-z]+(?:\^\{[^{}]*\})?)_\{\((\w+),\s*(\w+)\)\}")


def asked(left: str) -> str:
    """The name of which a left side gives the shape, as in X.shape; empty where it is none."""
    match = NAMED.search(left)
    return left[: match.start()] if match else ""


def pair(text: str) -> tuple[str, str] | None:
    """The two sizes of (a, b) or of R^{a x b}; R^n is a column, R a number ("", "")."""
    text = re.sub(r"\\(?:left|right|,|;|quad)", "", text).strip(" .;")
    if real := REAL.search(text):
        inside = (real.group(1) or real.group(2) or "").strip()
        if not inside:
            return "", ""
        text = inside if re.search(r"\\times|,|×", inside) else f"{inside}, 1"
    elif not re.match(r"^[(\[].*[)\]]$", text, re.S) and "times" not in text:
        return None
    match = TUPLE.match(text)
    if not match:
        return None
    sizes = tuple(size(word) for word in match.groups())
    return (sizes[0], sizes[1]) if all(sizes) else None


def size(text: str) -> str:
    """One size: 1, m, n_x, n[l-1]; empty where it is none."""
    text = re.sub(r"\s|\\,|\}$", "", text).strip("{}")
    if match := re.fullmatch(r"n\^\{?[\[(]([\w+-]+)[\])]\}?(?:_\w)?", text):
        return f"n[{match.group(1)}]"
    if match := re.fullmatch(r"n_\{?(\w)\}?", text):
        return f"n_{match.group(1)}"
    return text if re.fullmatch(r"\d+|[A-Za-z]", text) else ""
