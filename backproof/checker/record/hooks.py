"""What an instrumented script calls with each value that it produces."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import plain
from .ledger import Ledger, added_name, entry_name, last_of


def hooks(ledger: Ledger) -> Mapping[str, Any]:
    """The functions that an instrumented script calls."""

    def take(number: int, value: Any, grown: Any = None) -> Any:
        site = ledger.sites[number]
        name, container, owner = site.name, site.container, 0
        if site.kind == "entry" and not name:
            name = added_name(container, site.index, grown)
        return ledger.note(
            site, value, name, container if site.kind == "entry" and site.name else "", owner, ledger.frame()
        )

    def item(number: int, base: Any, key: Any) -> None:
        site = ledger.sites[number]
        if ledger.is_array(base):
            new = ledger.note(site, base, last_of(site.container), "", 0, ledger.frame(), plain(key))
            if new is not base:
                ledger.overwrite(base, new)
            return
        if not isinstance(base, (dict, list)):
            return
        key = plain(key)
        if isinstance(key, slice):
            return
        if isinstance(key, np.ndarray):
            key = key.item()
        name = entry_name(site.container, base, key)
        ledger.kept.append(base)
        new = ledger.note(site, base[key], name, site.container, id(base), ledger.frame(), key)
        if new is not base[key]:
            base[key] = new

    def attribute(number: int, base: Any, name: str) -> None:
        site = ledger.sites[number]
        value = getattr(base, name)
        ledger.kept.append(base)
        new = ledger.note(site, value, name, site.container, id(base), ledger.frame())
        if new is not value:
            setattr(base, name, new)

    def wrote(number: int, value: Any) -> None:
        site = ledger.sites[number]
        node = ledger.node_of(value)
        if node is not None and ledger.holding.get((ledger.frame(), site.name)) is not node:
            new = ledger.note(site, value, site.name, site.container, 0, ledger.frame())
            if new is not value:
                ledger.overwrite(value, new)

    def entered(number: int, arguments: dict[str, Any]) -> None:
        site, frame = ledger.sites[number], ledger.frame()
        for name, value in arguments.items():
            ledger.note(site, value, name, "", 0, frame)

    def as_float(value: Any) -> Any:
        is_one = ledger.node_of(value) is not None and np.prod(value.shape) == 1
        return value.reshape(-1)[0] if is_one else float(value)

    return {
        "__take__": take,
        "__item__": item,
        "__wrote__": wrote,
        "__attr__": attribute,
        "__entered__": entered,
        "__float__": as_float,
    }
