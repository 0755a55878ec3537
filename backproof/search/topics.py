"""What a person may name: a formula, a module, a system, a place in the notes, a heading, a symbol, an equation.

Torch is not needed for that.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from textwrap import shorten

from backproof.demonstrations.table import DEMONSTRATIONS
from backproof.errors import UserError, did_you_mean
from backproof.shell import program
from reference_numpy.equations import as_text, as_typed
from reference_numpy.places import OUTLINES, Place, asked, beside, built_on, places
from reference_numpy.registry import FORMULAS, Formula, in_order
from reference_numpy.systems import SYSTEMS

from .headings import places_about, systems_about

Found = Mapping[str, Sequence[Formula]]  # by headings; a heading of no formulas is a remark
LEAST = 3  # letters that are looked for in equations
FEW = 5  # so many that compute a symbol are enough
LONG = 100  # letters of a heading
LONGEST = 1000  # letters of an equation
MOST = 8  # places of a heading, equations that are like one
WORDS = re.compile(r"[A-Za-z][\w ,.&-]*|(?=.*[a-z]{4}.*[a-z]{4})[A-Za-z][\w ,.?()'-]*", re.I)  # and no equation
PICTURES = "pictures"  # the networks on pictures, which `verify` knows as well


def refuse_unknown(topics: Sequence[str]) -> None:
    """Refuse what `verify` does not know."""
    for topic in topics:
        if topic != PICTURES:
            find(topic, "verify", [PICTURES])


def find(name: str, command: str = "show", others: Sequence[str] = ()) -> list[Formula]:
    """Return the formula of an id or a name, or those of a module or a system; UserError when there is none."""
    if found := _called(name):
        return found
    known = sorted({label for f in FORMULAS.values() for label in (f.id, f.name, f.topic, *f.systems)})
    hint = did_you_mean(name, [*known, *others], f"; `{program('backproof')} show` lists what there is")
    raise UserError(f"{command}: there is no formula, module or system {name!r:.100}{hint}")


def find_in_notes(words: str) -> Found:
    """Return what a person means, under headings; UserError where it is nothing."""
    if len(words) > LONGEST:
        raise UserError(f"show: {len(words)} letters, expected at most {LONGEST}: no equation of the notes has more")
    words = re.sub(r"^def (\w+)\(.*", r"\1", words.strip())
    there = asked(words)
    if not there and words in DEMONSTRATIONS:
        there = [place for place in places(DEMONSTRATIONS[words].source) if _stated(place)]
    if there:
        return _at(there)
    if found := _called(words):
        return by_topic(found)
    no_system = not re.fullmatch(r"S\d+", words)  # and S26, which is none, is no S of layer 26
    if no_system and (found_by := _by_symbol(words) or _under_headings(words)):
        return found_by
    if alike := _like(words):
        return {_printable(f"like {words}"): alike}
    symbols = {symbol for f in FORMULAS.values() for symbol in _computed(f)}
    labels = {label for f in FORMULAS.values() for label in (f.id, f.name, f.topic, *f.systems)}
    parts = {part for outline in OUTLINES.values() for part in outline}
    hint = did_you_mean(words, sorted(labels | symbols | parts | set(OUTLINES)))
    hint = hint or (
        f"; `{program('backproof')} show` lists what there is, `show 'A line 313'` what stands at a line of a note"
    )
    raise UserError(f"show: there is no formula, module, system, place, heading or symbol {words!r:.100}{hint}")


def _printable(heading: str) -> str:
    return shorten("".join(letter if letter.isprintable() else " " for letter in heading), LONG)


def by_topic(formulas: Iterable[Formula]) -> Found:
    """Return formulas under their modules and systems."""
    found: dict[str, list[Formula]] = {}
    for topic, group in groupby(formulas, key=lambda formula: formula.topic):
        listed = list(group)
        systems = sorted({s for formula in listed for s in formula.systems}, key=lambda system: int(system[1:]))
        found[f"{topic}  {' '.join(systems)}"] = listed
    return found


def _called(name: str) -> list[Formula]:
    found = [f for f in FORMULAS.values() if name in (f.id, f.name)]
    return found or [f for f in in_order() if name == f.topic or name in f.systems]


def _at(there: Sequence[Place]) -> Found:
    """Return what is stated at the places of a note; of one page also what is built on it, and what is beside it."""
    found = {_heading(place): stated for place in there if (stated := _stated(place))}
    if len(there) > 1:
        return found
    (place,) = there
    built = [f for f in in_order() if place in built_on(f.source)]
    if not found and not built:
        raise UserError(f"show: {_heading(place)}; {OUTLINES[place.note][place.part].without or 'no formula'}")
    if not found:
        return {f"{_heading(place)}; in no note, built on it": built}
    if built:
        topics = Counter(formula.topic for formula in built)
        found[f"in no note, built on it: {', '.join(f'{topic} ({n})' for topic, n in topics.items())}"] = []
    if place.note == "Notes A":
        for near in beside(place):
            if others := [f for f in _stated(near) if f not in _stated(place)]:
                found[f"not there, beside it: {_heading(near)}"] = others
    return found


def _stated(place: Place) -> list[Formula]:
    return [f for f in in_order() if place in places(f.source)]


def _heading(place: Place) -> str:
    return f"{place.note}, {place.part}: {OUTLINES[place.note][place.part].heading}"


def _under_headings(words: str) -> Found:
    if not WORDS.fullmatch(words):
        return {}
    there = places_about(words)
    found = {_heading(place): stated for place in there[:MOST] if (stated := _stated(place))}
    systems = systems_about(words)
    if not found and there and not systems:
        return _at(there[:1])  # which says why it has none
    if not found:
        return {f"{system}  {SYSTEMS[system]}": _called(system) for system in systems}
    more = [*(f"{place.note}, {place.part}" for place in there[MOST:]), *systems]
    return {**found, f"see also {'; '.join(more)}": []} if more else found


def _by_symbol(words: str) -> Found:
    """Return the formulas that compute or define a symbol, and where these are few, those that have it."""
    from .equations import defining, symbol_in, using

    computing = _that_compute(words)
    symbol = symbol_in(words)
    if symbol is None:
        return by_topic(computing)
    defined = [f for f in defining(symbol) if f not in computing]
    found = by_topic([f for f in in_order() if f in computing or f in defined])
    having = [f for f in using(symbol) if f not in computing and f not in defined]
    if having and len(computing) + len(defined) < FEW:
        found = {**found, _printable(f"with {words} in the equation"): having}
    return found


def _like(words: str) -> list[Formula]:
    """Return the formulas whose equation is like another, or in whose equation or source some words stand."""
    from .equations import like

    found = [] if WORDS.fullmatch(words) else like(words)[:MOST]
    written = "".join(words.split())
    return [*found, *(f for f in _that_say(written) if f not in found)] if len(written) >= LEAST else found


def _that_say(written: str) -> list[Formula]:
    equations = {f: as_text(f.latex) for f in in_order()}
    texts = {f: "".join(f"{text} {as_typed(text)} {f.latex} {f.source}".split()) for f, text in equations.items()}
    return [f for f in texts if written in texts[f]]


def demonstrations(words: str) -> list[str]:
    """Return the demonstrations of a name, of a place in the notes, or of the systems of what `find_in_notes` finds."""
    if words in DEMONSTRATIONS:
        return [words]
    there = set(asked(words))
    if there:
        return [name for name, shown in DEMONSTRATIONS.items() if there & set(places(shown.source))]
    if words in SYSTEMS:
        systems = {words}
    else:
        systems = {s for formulas in find_in_notes(words).values() for formula in formulas for s in formula.systems}
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
