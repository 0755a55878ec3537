"""Derivations that ship: right ones, the notes' slips, public formulations.

They are files to be read and checked, by `backproof check --example shallow` or by their path; none is imported.
Begin with derivations/s14_shallow_vectorised.py.
"""

import re
from pathlib import Path

from backproof.errors import UserError, did_you_mean

FOLDER = Path(__file__).parent
KINDS = {
    "derivations": "right derivations in the notes' notation",
    "public": "right derivations as others write them",
    "errata": "slips of the notes, each with a wrong line",
}


def examples(kind: str) -> dict[str, Path]:
    """Return the examples of a kind by name: the file's own, without its number and `_vectorised`."""
    paths = sorted((FOLDER / kind).glob("*.py"))
    return {re.sub(r"^[a-z]?\d+_", "", path.stem).removesuffix("_vectorised"): path for path in paths}


def find(name: str) -> Path:
    """Return the file of an example, by its name or its file's; UserError names those that are spelled alike."""
    known = {each: path for kind in KINDS for each, path in examples(kind).items()}
    if path := known.get(name) or next((p for p in known.values() if name in (p.name, p.stem)), None):
        return path
    hint = did_you_mean(name, known, "; --example without a name lists them")
    raise UserError(f"check: there is no example {name!r}{hint}")


def title(path: Path) -> str:
    """Return the first line of an example's docstring."""
    return path.read_text(encoding="utf-8").removeprefix('"""').splitlines()[0].removesuffix('"""')
