"""Record what torch computes: each call becomes a node of the tape, with torch's own derivative of that call.

Values, views, writes in place and devices are torch's own. A tensor is known by its storage: every view of it, a detached
one or `.data` too, is read as a selection of the storage's newest node, and a write into any view makes a new node.
Whether gradients are switched off or a parameter asks for one makes no difference to what is recorded.
"""  # noqa: E501

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from ...record import arrays, tape
from ...record.tape import Array, Node
from .exact import called, mapped, raised, tensors_in

NAMES = {
    "add": "add", "sub": "subtract", "rsub": "subtract", "mul": "multiply", "div": "divide", "true_divide": "divide",
    "truediv": "divide", "rtruediv": "divide", "radd": "add", "rmul": "multiply", "iadd": "add", "isub": "subtract",
    "imul": "multiply", "itruediv": "divide", "idiv": "divide", "neg": "negative", "matmul": "matmul", "mm": "matmul",
    "bmm": "matmul", "rmatmul": "matmul", "clamp": "clip", "clip": "clip", "clone": "copy", "contiguous": "copy",
    "to": "copy", "double": "copy", "float": "copy", "half": "copy", "bfloat16": "copy", "copy": "copy", "pow": "power",
    "subtract": "subtract", "multiply": "multiply", "divide": "divide", "square": "square", "sqrt": "sqrt",
    "type_as": "copy", "reshape": "view", "flatten": "view",
}  # fmt: skip
REVERSED = {"rsub", "rtruediv", "rdiv"}
COMPARING = {"gt", "lt", "ge", "le", "greater", "less", "greater_equal", "less_equal"}
BENT = {"relu", "abs", "clamp", "clamp_min", "clamp_max", "leaky_relu", "hardtanh", "relu6"}
SILENT = {"backward", "grad", "__get__", "__set__", "__repr__", "size", "dim", "requires_grad_", "retain_grad"}
MAKING = {"zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like", "new_zeros",
          "new_ones", "new_empty", "new_full", "new_tensor"}  # fmt: skip
RANDOM = ("dropout", "rrelu", "gumbel", "bernoulli", "rand", "normal")


class Buffer:
    """The memory of a tensor and the node that holds its newest content."""

    __slots__ = ("known", "node", "places", "tensor", "views")

    def __init__(self, tensor: torch.Tensor, node: Node) -> None:
        self.tensor, self.node = tensor.detach(), node
        self.known = _layout(tensor)
        self.views: dict[Any, tuple[Node, Node]] = {}
        self.places: Array = None  # where in the node each entry of the storage is

    def positions(self, view: torch.Tensor) -> Array:
        """Where in the flat node each entry of a view is."""
        size = self.tensor.untyped_storage().nbytes() // self.tensor.element_size()
        there = torch.arange(size)
        if self.places is None:
            own = torch.as_strided(there, self.tensor.shape, self.tensor.stride(), self.tensor.storage_offset())
            self.places = np.full(size, -1)
            self.places[own.reshape(-1).numpy()] = np.arange(own.numel())
        taken = torch.as_strided(there, view.shape, view.stride(), view.storage_offset())
        return self.places[taken.numpy()]


def _layout(tensor: torch.Tensor) -> Any:
    return (tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


class Recorder(TorchFunctionMode):
    """While it is entered, every call of torch in Python is recorded on the tape."""

    def __init__(self) -> None:
        super().__init__()
        self.buffers: dict[int, Buffer] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function of torch and note what it gave and what it wrote into."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        given = list(tensors_in((args, kwargs)))
        floating = [t for t in given if t.is_floating_point()]
        nodes = {id(t): self.node_of(t) for t in floating}
        if name in SILENT:
            return called(func, args, kwargs)
        before = [(t, t._version) for t in given]
        call = Call(func, args, kwargs, nodes, name)
        result = called(func, args, kwargs)
        changed = [t for t, version in before if t._version != version and t.is_floating_point()]
        for tensor in {id(t): t for t in changed}.values():
            self._wrote(tensor, call.node(value_of(tensor), nodes, changed=tensor))
        for place, out in enumerate(tensors_in(result)):
            if any(out is t for t in given) or not out.numel():
                continue
            if out.is_floating_point() and not self._knows(out):
                _rounded(out, call)
                node = call.node(value_of(out), nodes, place)
                self.buffers[out.untyped_storage().data_ptr()] = Buffer(out, node)
            elif out.dtype == torch.bool and call.short in COMPARING:
                tape.TAPE.saw(call.short, value_of(out))
        if call.short in BENT and floating:
            tape.TAPE.saw(call.short, value_of(floating[0]) > 0)
        return result

    def _knows(self, tensor: torch.Tensor) -> bool:
        return tensor.untyped_storage().data_ptr() in self.buffers

    def node_of(self, tensor: torch.Tensor) -> Node:
        """The node of what a tensor holds now."""
        with torch._C.DisableTorchFunction():
            if not tensor.numel():
                return tape.TAPE.node("leaf", value_of(tensor), (), None)
            key = tensor.untyped_storage().data_ptr()
            buffer = self.buffers.get(key)
            if buffer is None:
                node = tape.TAPE.node("leaf", value_of(tensor), (), None)
                self.buffers[key] = Buffer(tensor, node)
                return node
            layout = _layout(tensor)
            if layout == buffer.known:
                return buffer.node
            source, node = buffer.views.get(layout, (None, None))  # type: ignore[assignment]
            if source is not buffer.node or node is None:
                node = self._view(buffer, tensor)
                buffer.views[layout] = (buffer.node, node)
            return node

    def _view(self, buffer: Buffer, tensor: torch.Tensor) -> Node:
        places = buffer.positions(tensor)
        if (places < 0).any():  # of memory that the first tensor known here did not cover
            return tape.TAPE.node("leaf", value_of(tensor), (), None)
        return arrays.selected(buffer.node, places, "view")

    def _wrote(self, tensor: torch.Tensor, node: Node) -> None:
        """A write into a view: the buffer's newest node is the old one with other entries in those places."""
        buffer = self.buffers[tensor.untyped_storage().data_ptr()]
        if _layout(tensor) == buffer.known:
            buffer.node = node
            return
        places, old = buffer.positions(tensor), buffer.node
        flat = np.ravel(places)
        whole = old.value.copy()
        whole.reshape(-1)[flat] = np.ravel(node.value)

        def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
            yield node, np.ravel(gradient)[flat].reshape(np.shape(places))
            rest = np.array(np.ravel(gradient))
            rest[flat] = 0
            yield old, rest.reshape(old.value.shape)

        buffer.node = tape.TAPE.node("write", whole, (old, node), pull)

    def started(self, value: Any, op: str = "leaf", device: str = "cpu") -> tuple[torch.Tensor, Node]:
        """A tensor that was computed from nothing."""
        with torch._C.DisableTorchFunction():
            tensor = torch.tensor(np.asarray(value, dtype=float), dtype=torch.float64, device=device)
            node = tape.TAPE.node(op, value_of(tensor), (), None)
            if tensor.numel():
                self.buffers[tensor.untyped_storage().data_ptr()] = Buffer(tensor, node)
            return tensor, node

    def overwrite(self, tensor: torch.Tensor, value: Any) -> None:
        """Put other values into a tensor; on the tape they come from nowhere."""
        with torch._C.DisableTorchFunction(), torch.no_grad():
            self.node_of(tensor)
            tensor.copy_(torch.as_tensor(np.array(value), dtype=tensor.dtype))
            self._wrote(tensor, tape.TAPE.node("given", value_of(tensor), (), None))


def _rounded(out: torch.Tensor, call: "Call") -> None:
    """Round a result once more, where that is asked for."""
    noise = tape.TAPE.noise
    if noise is None or call.op in ("copy", "view", "leaf") or not out.is_contiguous() or out.requires_grad:
        return
    factors = 1 + arrays.ROUNDOFF * noise.choice((-1.0, 1.0), tuple(out.shape))
    with torch.no_grad():
        out.mul_(torch.as_tensor(factors, device=out.device))


class Call:
    """One call of a function of torch: what is needed to take its derivative later."""

    def __init__(self, func: Any, args: Any, kwargs: Any, nodes: dict[int, Node], name: str) -> None:
        self.func, self.name = func, name
        self.short = name.strip("_")
        self.op = NAMES.get(self.short, self.short)
        self.state = torch.get_rng_state() if any(word in name for word in RANDOM) else None
        kwargs = {k: v for k, v in kwargs.items() if k != "out"}
        self.parents: list[Node] = []
        self.devices: list[Any] = []
        self.slots: dict[int, int] = {}  # from a tensor to its place in the parents

        def noted(tensor: torch.Tensor) -> Any:
            if id(tensor) not in nodes:
                return tensor.detach().clone()
            if id(tensor) not in self.slots:
                self.slots[id(tensor)] = len(self.parents)
                self.parents.append(nodes[id(tensor)])
                self.devices.append(tensor.device)
            return Slot(self.slots[id(tensor)])

        self.template = raised(mapped((args, kwargs), noted))
        flat = [a for a in args if not isinstance(a, torch.Tensor)]
        self.constants = tuple(a for a in flat if isinstance(a, (int, float)) and not isinstance(a, bool))

    def node(self, value: Array, nodes: dict[int, Node], place: int = 0, changed: Any = None) -> Node:
        """The node of one result, or of what the call wrote into."""
        parents = tuple(self.parents)
        if not parents or (self.name in MAKING and changed is None):
            return tape.TAPE.node("leaf", value, (), None)
        if self.short in REVERSED:
            parents = parents[::-1]
        slot = self.slots.get(id(changed)) if changed is not None else None

        def pull(gradient: Array) -> Iterator[tuple[Node, Array]]:
            yield from self.pulled(gradient, place, slot)

        return tape.TAPE.node(self.op, value, parents, pull, self.constants)

    def pulled(self, gradient: Array, place: int, slot: int | None) -> Iterator[tuple[Node, Array]]:
        """The derivatives by what the call was given, by calling it again under autograd."""
        with torch.enable_grad(), torch.random.fork_rng(devices=[], enabled=self.state is not None):
            if self.state is not None:
                torch.set_rng_state(self.state)
            leaves = [_tensor(n.value, d).requires_grad_() for n, d in zip(self.parents, self.devices, strict=True)]
            is_written = slot is not None or self.name.endswith("_")
            used = [leaf.clone() for leaf in leaves] if is_written else leaves
            args, kwargs = mapped(self.template, lambda slot: used[slot.index], Slot)
            result = called(self.func, args, kwargs)
            target = used[slot] if slot is not None else list(tensors_in(result))[place]
            if not target.requires_grad:
                return
            upstream = _tensor(np.broadcast_to(gradient, tuple(target.shape)), target.device)
            found = torch.autograd.grad(target, leaves, upstream, allow_unused=True)
        for node, part in zip(self.parents, found, strict=True):
            if part is not None:
                yield node, value_of(part)


class Slot:
    """The place of a tensor among what a call was given."""

    def __init__(self, index: int) -> None:
        self.index = index


def _tensor(value: Array, device: Any) -> torch.Tensor:
    return torch.tensor(np.ascontiguousarray(value), dtype=torch.float64, device=device).reshape(np.shape(value))


def value_of(tensor: torch.Tensor) -> Array:
    """A copy of what a tensor holds, as NumPy has it."""
    with torch._C.DisableTorchFunction():
        array = tensor.detach().cpu()
        array = array.double() if array.is_floating_point() else array
        return np.array(array.numpy(), copy=True, order="C")
