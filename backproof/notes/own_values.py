"""Judge a page by the values of its own formulas, and tell what these leave to the checker."""

import re
from collections.abc import Mapping, Sequence

from .judged.units import Judged
from .pagewise.verdicts import judge_page
from .report import Statement
from .said import Read


def by_values(both: Sequence[tuple[Statement, Read | None]], text: str) -> tuple[dict[int, Judged], list[str]]:
    """Return verdicts and what was assumed for them; none where the page makes no sense as a whole."""
    said, reads = [one for one, _ in both], [read for _, read in both]
    lefts = [re.split(r"=|\\leftarrow|\\equiv|:", one.tex)[0] for one in said]
    known, assumed = judge_page(reads, text, [one.again for one in said], [one.written for one in said], lefts)
    if all(verdict.verdict == "unjudged" for verdict in known.values()):
        return {}, []
    return known, assumed


def is_left(both: Sequence[tuple[Statement, Read | None]], known: Mapping[int, Judged]) -> bool:
    """Whether a claim was left that the page's own values cannot judge, and for no reason in itself."""
    return any(
        read and said.claims and not said.verdict and "one example" not in known.get(number, Judged("")).reason
        for number, (said, read) in enumerate(both)
    )
