"""The ledger of a run with tensors: what is noted of an array elsewhere is noted of a tensor here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ...record import tape
from ...record.hooks import hooks
from ...record.instrument import Site
from ...record.ledger import Event, Instead, Ledger
from ...record.tape import Node
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
            len(self.events), site, turn, name, container, owner, frame, node.value, node, len(tape.TAPE.nodes), key
        )
        return self.noted(made, value)

    def put(self, event: Event, value: Any, new: Instead) -> Any:
        """Put a tensor in the place of another one."""
        assert self.recorder is not None
        if not isinstance(value, torch.Tensor):
            return self.recorder.started(new.value, "given")[0] if np.ndim(new.value) else float(new.value)
        device = str(value.device)
        if new.is_first:
            tensor, event.node = self.recorder.started(new.value, "leaf", device)
            event.value = event.node.value
            return tensor.requires_grad_(value.requires_grad)
        shape = tuple(value.shape)
        if event.site.kind in ("augment", "item") and value.ndim:
            self.overwrite(value, np.broadcast_to(new.value, shape))
            return value
        is_same = np.shape(np.squeeze(new.value)) == tuple(n for n in shape if n != 1)
        return self.recorder.started(np.reshape(new.value, shape) if is_same else new.value, "given", device)[0]


def tensor_hooks(ledger: TensorLedger) -> Mapping[str, Any]:
    """The functions that an instrumented program calls."""
    return {**hooks(ledger), "__guarded__": lambda number, value: value()}
