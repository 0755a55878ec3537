"""What a person may name of the formulas: one by name, a module, a system, a place in the notes, or a symbol.

Torch is not needed for that.
"""

import re
from collections.abc import Sequence

from backproof.demonstrations.table import DEMONSTRATIONS
from backproof.errors import UserError, did_you_mean
from backproof.shell import program
from reference_numpy.equations import as_text
from reference_numpy.places import OUTLINES, Place, asked, parts_called, places
from reference_numpy.registry import FORMULAS, Formula, in_order
from reference_numpy.systems import SYSTEMS

LEAST = 3  # letters that are looked for in equations
PICTURES = "pictures"  # the networks on pictures, which `verify` knows as well


def refuse_unknown(topics: Sequence[str]) -> None:
    """Refuse what `verify` does not know."""
    for topic in topics:
        if topic != PICTURES:
            find(topic, "verify", [PICTURES])


def find(name: str, command: str = "show", others: Sequence[str] = ()) -> list[Formula]:
    """Return the formula of an id or a name, or those of a module or a system; UserError when there is none."""
    found = [f for f in FORMULAS.values() if name in (f.id, f.name)]
    found = found or [f for f in in_order() if name == f.topic or name in f.systems]
    if not found:
        known = sorted({label for f in FORMULAS.values() for label in (f.id, f.name, f.topic, *f.systems)})
        hint = did_you_mean(name, [*known, *others], f"; `{program('backproof')} show` lists what there is")
        raise UserError(f"{command}: there is no formula, module or system {name!r:.100}{hint}")
    return found


def find_in_notes(words: str) -> list[Formula]:
    """Return what `find` does, or the formulas of a place in the notes, or those that compute a symbol such as dZ1."""
    if there := asked(words):
        return _at(there)
    by_symbol = _that_compute(words)
    try:
        return find(words)
    except UserError:
        if by_symbol:
            return by_symbol
    if there := parts_called(words):
        return _at(there)
    symbols = {symbol for f in FORMULAS.values() for symbol in _computed(f)}
    labels = {label for f in FORMULAS.values() for label in (f.id, f.name, f.topic, *f.systems)}
    parts = {part for outline in OUTLINES.values() for part in outline}
    hint = did_you_mean(words, sorted(labels | symbols | parts | set(OUTLINES)))
    if not hint and (found := _that_say(words)):
        return found
    hint = hint or f"; `{program('backproof')} show` lists what there is"
    raise UserError(f"show: there is no formula, module, system, place in the notes or symbol {words!r:.100}{hint}")


def _at(there: Sequence[Place]) -> list[Formula]:
    found = [f for f in in_order() if set(there) & set(places(f.source))]
    if not found:
        part = OUTLINES[there[0].note][there[0].part]
        raise UserError(f"show: {there[0].note}, {there[0].part}: {part.heading}; {part.without or 'no formula'}")
    return found


def _that_say(words: str) -> list[Formula]:
    """Return the formulas in whose equation or source some words stand."""
    written = "".join(words.split())
    texts = {f.id: "".join(f"{as_text(f.latex)} {f.source}".split()) for f in FORMULAS.values()}
    return [f for f in in_order() if len(written) >= LEAST and written in texts[f.id]]


def demonstrations(words: str) -> list[str]:
    """Return the demonstrations of a name, of a place in the notes, or of the systems of what `find_in_notes` finds."""
    if words in DEMONSTRATIONS:
        return [words]
    there = set(asked(words))
    if there:
        return [name for name, shown in DEMONSTRATIONS.items() if there & set(places(shown.source))]
    systems = {words} if words in SYSTEMS else {s for formula in find_in_notes(words) for s in formula.systems}
    return [name for name, shown in DEMONSTRATIONS.items() if systems & set(shown.systems)]


def demonstrations_or_refusal(words: str) -> list[str]:
    """Return the demonstrations of what a person names, all of them for no words; UserError where there are none."""
    found = demonstrations(words) if words else list(DEMONSTRATIONS)
    if not found:
        known = "; ".join(f"{name} ({' '.join(shown.systems)})" for name, shown in DEMONSTRATIONS.items())
        raise UserError(f"show --run: there is no demonstration of {words!r:.100}, expected one of {known}")
    return found


def _that_compute(words: str) -> list[Formula]:
    """Return the formulas that compute a symbol: of this very layer where one does, else of any layer."""
    symbol = re.sub(r"(?:∂|d)[JL]/(?:∂|d)", "d", words)  # dJ/dw
    in_layers = re.sub(r"[\[(][^]\d)]*[\])]", "", symbol)  # dZ^[l], which some notes write dZ^(l)
    of_layer = re.sub(r"[][(){}^_ ]", "", in_layers)  # dZ[1]
    written = [of_layer, of_layer.replace("w", "W")] if in_layers != symbol else [of_layer]
    anywhere = [re.sub(r"\d+$", "", name) for name in written]
    return list(dict.fromkeys(f for name in (*written, *anywhere) for f in in_order() if name in _computed(f)))


def _computed(formula: Formula) -> set[str]:
    """Return the symbols that a formula returns, those in a dictionary by their entries."""
    found = {name for name, q in formula.results.items() if not q.layered and q.dims is not None}
    return found | {entry for q in formula.results.values() for entry in q.layered}
