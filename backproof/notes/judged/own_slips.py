"""The slip of a page's own derivation, in the page's own LaTeX: an edit of the wrong side that has the right value."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..meaning.own_world import with_variance
from ..meaning.shapes import AskError
from ..meaning.to_python import to_python
from ..meaning.written import MeaningError
from ..reading.edits import edits
from ..reading.pages import expanded
from ..reading.products import UnreadError
from ..reading.reader import read
from ..reading.tree import Name
from . import values
from .program import Derivation

DRAWS = (1, 2)
DECLARED = re.compile(r'^(\w+): "([^"]*?)(?: in .*| one-hot)?"$')


def slip(built: Derivation, fixes: Mapping[int, str], line: int, written: str, macros: dict) -> tuple[str, str]:  # type: ignore[type-arg]
    """Return the edited side that has the value of the right one on this line, and what the slip is; empty if none."""
    right = fixes[line].partition(" = ")[2]
    spaces = [_ran(built.lines[: line - 1], fixes, draw) for draw in DRAWS]
    try:
        wanted = [values.evaluated(right, space) for space in spaces]
    except Exception:  # what the page draws may not run on these sizes
        return "", ""
    world = replace(built.world, own=dict(built.world.own))
    for tex, cause in edits(written):
        try:
            tree = read(expanded(tex, macros))
            tree = with_variance((Name("J"), "=", tree))[2] if built.has_variance else tree
            source = to_python(tree, world, "program").text
            found = [values.evaluated(source, space) for space in spaces]
            if all(values.equal(one, other) for one, other in zip(found, wanted, strict=True)):
                return tex.strip(), cause
        except (UnreadError, MeaningError, AskError, values.NoValueError):
            continue
        except Exception:  # an edit whose shapes do not fit has no value
            continue
    return "", ""


def _ran(lines: list[str], fixes: Mapping[int, str], draw: int) -> dict[str, Any]:
    """The values of the lines, wrong ones put right, on random inputs with a size of its own for each dimension."""
    rng = np.random.default_rng(draw)
    space: dict[str, Any] = {"np": np}
    program: list[str] = []
    for number, line in enumerate(lines, start=1):
        if match := DECLARED.match(line):
            words = re.findall(r"\w+", match.group(2))
            for word in words:
                if not word.isdigit():
                    space.setdefault(word, 3 + len(space) % 7)
            sizes = tuple(int(word) if word.isdigit() else space[word] for word in words)
            drawn = rng.uniform(0.1, 0.9, sizes)
            space[match.group(1)] = drawn if sizes else float(drawn)
        else:
            program.append(fixes.get(number, line))
    with np.errstate(all="ignore"):
        for piece in re.split(r"\n(?=\S)", "\n".join(program)):
            try:
                exec(piece, space)
            except Exception:  # a line that does not run defines nothing
                continue
    return space
