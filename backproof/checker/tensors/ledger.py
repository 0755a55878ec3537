"""The ledger of a run with tensors: what is noted of an array elsewhere is noted of a tensor here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..record import arrays
from ..record.instrument import Site
from ..record.ledger import Event, Ledger, hooks
from ..record.tape import Node
from .recorder import Recorder


@dataclass
class TensorLedger(Ledger):
    """The events of a run in order."""

    recorder: Recorder | None = None

    def is_array(self, value: Any) -> bool:
        """Whether a value is a tensor."""
        return isinstance(value, torch.Tensor)

    def node_of(self, value: Any) -> Node | None:
        """The node of a tensor of real numbers."""
        assert self.recorder is not None
        if not isinstance(value, torch.Tensor) or not value.is_floating_point():
            return None
        return self.recorder.node_of(value)

    def overwrite(self, array: Any, value: Any) -> None:
        """Put other values into a tensor."""
        assert self.recorder is not None
        self.recorder.overwrite(array, value.detach().cpu() if isinstance(value, torch.Tensor) else value)

    def _note(
        self,
        site: Site,
        turn: int,
        value: Any,
        name: str,
        container: str,
        owner: int,
        frame: int,
        key: Any,
        depth: int,
    ) -> Any:
        if not isinstance(value, torch.Tensor):
            return super()._note(site, turn, value, name, container, owner, frame, key, depth)
        node = self.node_of(value)
        if node is None:
            return value
        made = Event(
            len(self.events), site, turn, name, container, owner, frame, node.value, node, len(arrays.TAPE.nodes), key
        )
        self.events.append(made)
        self.holding[(frame, name)] = node
        if self.replace is not None:
            value = self.replace(made, value)
            self.holding[(frame, name)] = self.node_of(value)
        if self.after is not None:
            self.after(made)
        return value


def tensor_hooks(ledger: TensorLedger) -> Mapping[str, Any]:
    """The functions that an instrumented program calls."""
    return {**hooks(ledger), "__guarded__": lambda number, value: value()}
