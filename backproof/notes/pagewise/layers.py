"""Statements for a general layer, written out for each layer of a small network."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..reading.damage import mapped, names
from ..reading.tree import Name, Tree

Read = tuple[Tree, str, Tree]


def general(reads: Sequence[Read | None]) -> tuple[list[Read | None], list[tuple[int, int]], int]:
    """Return the statements with general layers written out, of which statement and layer each is, and how many."""
    sides = [side for read in reads if read for side in (read[0], read[2])]
    used = [name.layer for side in sides for name in names(side)]
    last = max([int(layer) for layer in used if layer.isdigit()] + [0])
    last = last if last > 1 else 3
    found: list[Read | None] = []
    owners: list[tuple[int, int]] = []
    for number, read in enumerate(reads):
        if read is None:
            found.append(None)
            owners.append((number, last))
            continue
        texts = {name.layer.replace(" ", "") for side in (read[0], read[2]) for name in names(side)}
        if not any(text and not text.isdigit() for text in texts):
            found.append(read)
            owners.append((number, last))
            continue
        if not any(re.match(r"l", text) for text in texts):
            layers = [last]
        else:
            layers = list(range(1, last + 1 - any("l+1" in text for text in texts)))
        for layer in layers:
            found.append((at_layer(read[0], layer, last), read[1], at_layer(read[2], layer, last)))
            owners.append((number, layer))
    return found, owners, last


def at_layer(tree: Tree, layer: int, last: int) -> Tree:
    """The tree with its general layer as a number."""

    def change(name: Name) -> Name:
        match = re.fullmatch(r"([lL])(?:([-+])1)?", name.layer.replace(" ", ""))
        if not match:
            return name
        base = layer if match.group(1) == "l" else last
        return replace(name, layer=str(base + {"-": -1, "+": 1, None: 0}[match.group(2)]))

    return mapped(tree, change)
