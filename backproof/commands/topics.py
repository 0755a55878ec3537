"""What a person may name of the formulas: a formula, a module or a system; torch is not needed for that."""

from collections.abc import Sequence

from backproof.errors import UserError, did_you_mean
from backproof.shell import program
from reference_numpy.registry import FORMULAS, Formula

PICTURES = "pictures"  # the networks on pictures, which `verify` knows as well


def refuse_unknown(topics: Sequence[str]) -> None:
    """Refuse what `verify` does not know."""
    for topic in topics:
        if topic != PICTURES:
            find(topic, "verify", [PICTURES])


def find(name: str, command: str = "show", others: Sequence[str] = ()) -> list[Formula]:
    """Return the formula of an id or a name, or those of a module or a system; UserError when there is none."""
    found = [f for f in FORMULAS.values() if name in (f.id, f.name)]
    found = found or [f for f in FORMULAS.values() if name == f.topic or name in f.systems]
    if not found:
        known = sorted({label for f in FORMULAS.values() for label in (f.id, f.name, f.topic, *f.systems)})
        hint = did_you_mean(name, [*known, *others], f"; `{program('backproof')} show` lists what there is")
        raise UserError(f"{command}: there is no formula, module or system {name!r:.100}{hint}")
    return found
