"""Find the places of the notes whose headings, or whose systems' titles, have the words that a person writes."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from reference_numpy.places import OUTLINES, Place
from reference_numpy.systems import SYSTEMS

ENDING = re.compile(r"(?:i?[sz]?ations?|i?[sz](?:ing|ed?)|ing|ed|ions?|wards?|es|s|e)$")  # vectorizing, vectorisation
IDLE = {*re.findall(r"\w+", "a an and by for how in is numpy of on our should the to use using we what with you your")}
MOST = 0.6  # of the words must stand in a heading where none has them all
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
    found = {one: [_stems(text) for text in several] for one, several in texts.items()}
    for least in (1.0, MOST):
        besides = {one: [len(f) for f in several if _share(asked, f) >= least] for one, several in found.items()}
        if any(besides.values()):
            return sorted((one for one in besides if besides[one]), key=lambda one: min(besides[one]))
    return []


def _share(asked: Sequence[str], found: Sequence[str]) -> float:
    """Return the share of the words that there are: all, where they are written as one."""
    joined = "".join(asked)
    if len(joined) >= LEAST and joined in "".join(found):
        return 1
    return len({*asked} & {*found}) / max(len({*asked}), 1)


def _stems(text: str) -> list[str]:
    words = re.findall(r"[a-z]{2,}", text.lower().replace("-", ""))
    return [ENDING.sub("", word) or word for word in words if word not in IDLE]
