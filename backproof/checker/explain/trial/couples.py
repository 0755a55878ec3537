"""Two slips in two lines: edits of two expressions at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from types import CodeType
from typing import Any

from ..slips import Edit
from .goal import runs_right
from .plain import opened
from .search import Search, compiled

COUPLED = 60


@dataclass
class Couples:
    """Edits of two expressions at once."""

    searches: Sequence[Search]
    codes: dict[Any, Any] = field(default_factory=dict)

    def choices(self, search: Search) -> list[tuple[Edit, CodeType]]:
        """The usual edits of one expression, of those with one value the first."""
        seen: set[Any] = set()
        turns = search.capture(0)
        found: list[tuple[Edit, CodeType]] = []
        for edit in search.singles if turns else ():
            if edit.cost >= 1.6 or len(found) >= COUPLED:
                break
            code = compiled(edit.apply(search.text))
            signature = search._signature(code, turns) if code is not None else None
            if code is not None and signature is not None and signature not in seen:
                seen.add(signature)
                found.append((edit, code))
        return found

    def right(self, most: int) -> Iterator[tuple[Search, Edit, Search, Edit]]:
        """Those with which the claim is right on all samples, the most usual first."""
        choices = [self.choices(search) for search in self.searches]
        ranked = sorted(
            (a[0].cost + b[0].cost, i, j, k, l)
            for (i, one), (j, other) in combinations(enumerate(choices), 2)
            for k, a in enumerate(one)
            for l, b in enumerate(other)
        )
        for _, i, j, k, l in ranked[:most]:
            (first, a), (second, b) = choices[i][k], choices[j][l]
            if self._is_right((i, j), (a, b)):
                yield self.searches[i], first, self.searches[j], second

    def _is_right(self, pair: tuple[int, int], codes: tuple[CodeType, CodeType]) -> bool:
        one, other = (self.searches[i] for i in pair)
        goal, scales = other.goal if other.goal.in_the_end else one.goal, one.goal.scales
        for number, bench in enumerate(one.benches):
            guarded = frozenset(bench.sample.guarded) - goal.free
            if (pair, guarded) not in self.codes:
                self.codes[pair, guarded] = opened(one.source, one.name, [one.node, other.node], guarded)
            code = self.codes[pair, guarded]
            scales = [
                s
                for s in scales
                if runs_right(bench, code, goal, number, lambda n, scope, _: eval(codes[n], scope), s[number])
            ]
            if not scales:
                return False
        return True
