"""Find the places of the notes whose headings, or whose systems' titles, have the words that a person writes."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from reference_numpy.places import OUTLINES, Place
from reference_numpy.systems import SYSTEMS

ENDING = re.compile(r"(?:i?[sz]?ations?|i?[sz]ing|i?[sz]ed?|ing|ed|ions?|wards?|s|e)$")  # vectorizing is vectorisation
IDLE = frozenset(["a", "an", "and", "by", "for", "in", "is", "of", "on", "the", "to", "what", "with"])
LEAST = 4  # letters of a word that is looked for within others, as backpropagation in back propagation
T = TypeVar("T", bound=Hashable)


def places_about(words: str) -> list[Place]:
    """Return the places whose part or heading has all the words, those first that say the least besides."""
    outlines = {Place(note, part): what for note, outline in OUTLINES.items() for part, what in outline.items()}
    return _about(words, {place: (place.part, what.heading) for place, what in outlines.items()})


def systems_about(words: str) -> list[str]:
    """Return the systems whose title has all the words, those first that say the least besides."""
    return _about(words, {system: (title,) for system, title in SYSTEMS.items()})


def _about(words: str, texts: Mapping[T, Sequence[str]]) -> list[T]:
    asked = _stems(words)
    besides = {
        one: [len(found) - len(asked) for text in several if _has(found := _stems(text), asked)]
        for one, several in texts.items()
    }
    return sorted((one for one in besides if besides[one]), key=lambda one: min(besides[one]))


def _has(found: Sequence[str], asked: Sequence[str]) -> bool:
    joined = "".join(asked)
    return bool(asked) and (set(asked) <= set(found) or (len(joined) >= LEAST and joined in "".join(found)))


def _stems(text: str) -> list[str]:
    words = re.findall(r"[a-z]{2,}", text.lower().replace("-", ""))
    return [ENDING.sub("", word) or word for word in words if word not in IDLE]
