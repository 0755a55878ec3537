"""A formula in the names of the course's programs: capitals for all examples, p_ before a derivative."""

import re

from ..meaning.shapes import World
from ..meaning.to_python import to_python
from ..meaning.written import Code
from ..reading.tree import Tree


def written(tree: Tree, world: World) -> Code:
    """The source of a tree in the names of the course's programs."""
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
        if component := re.fullmatch(r"[xX]_([1-9])", word):
            return f"X[[{int(component.group(1)) - 1}], :]"
        if component := re.fullmatch(r"(w|b|z|a|Z|A|W)(\d)_(\d)", word):
            base, layer, row = component.groups()
            unit = f"{base.upper() if base != 'b' else base}{layer}[[{int(row) - 1}], :]"
            return f"{unit}.T" if base in "wW" else unit
        return word

    text = re.sub(r"(?<![\w.])(?!np\b|d_)[A-Za-z]\w*(?!\w|\()", change, text)
    return re.sub(r"p_w\[", "p_w[", text)
