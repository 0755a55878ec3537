"""The slips of the notes, each with its heading on the page of errata and the place where it stands."""

import re
from pathlib import Path
from typing import NamedTuple

from backproof.examples import FOLDER

from .value_slips import VALUES

EXAMPLES = FOLDER / "errata"


class Slip(NamedTuple):
    """A slip as the page of errata has it: its heading, where it stands, and its anchor on that page."""

    title: str
    source: str
    anchor: str


def slips() -> list[Slip]:
    """Return every slip, those in derivations first."""
    found = []
    for path in sorted(EXAMPLES.glob("*.py")):
        title, source = heading(path)
        found.append(Slip(title, source, re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")))
    return found + [Slip(slip.title, slip.source, "slips-that-are-no-claim-of-a-derivative") for slip in VALUES]


def heading(path: Path) -> tuple[str, str]:
    """Return what a derivation with a slip is called, and where the slip stands."""
    title, source = (part.strip() for part in path.read_text(encoding="utf-8").split('"""')[1].split("Source: "))
    return title.rstrip("."), " ".join(source.split()).rstrip(".")
