"""What stands for the context that torch gives to a Function, and the seeded calls of forward and backward with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .record.exact import mapped
from .said.find import Entry


def seed(number: int) -> None:
    """Seed torch; without a GPU the seed of one would be kept for later, with a printed stack each time."""
    if torch.cuda.is_available():
        torch.manual_seed(number)
    else:
        torch.default_generator.manual_seed(number)


class Context:
    """Keeps what a forward pass saves; its attributes are whatever the forward pass sets."""

    def __init__(self, needs: Sequence[bool]) -> None:
        self.needs_input_grad = tuple(needs)
        self.saved_tensors: tuple[Any, ...] = ()
        self._not_differentiable: list[int] = []

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors."""
        self.saved_tensors = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for the derivative in the other direction, which is not judged."""

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The older name."""
        return self.saved_tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """An argument that is written into."""

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Outputs through which no derivative flows."""
        self._not_differentiable = [id(t) for t in tensors]

    def set_materialize_grads(self, value: bool) -> None:
        """Whether zeros stand for derivatives that are None; all are given here."""

    def is_differentiable(self, output: Any) -> bool:
        """Whether a derivative by an output is given."""
        is_floating = isinstance(output, torch.Tensor) and output.is_floating_point()
        return is_floating and id(output) not in self._not_differentiable

    def copy(self) -> "Context":
        """The same context with copies of the tensors, for one more backward pass."""
        twin = Context(self.needs_input_grad)
        known: dict[int, Any] = {}

        def cloned(tensor: torch.Tensor) -> torch.Tensor:
            return known.setdefault(id(tensor), tensor.detach().clone())

        twin.__dict__.update({k: mapped(v, cloned) for k, v in vars(self).items()})
        return twin


def function_of(entry: Entry, scope: Mapping[str, Any], which: str) -> Callable[..., Any]:
    """A function of an entry in a scope in which the file ran."""
    if entry.holder is None:
        return scope[entry.forward_name if which == "forward" else entry.backward_name]
    holder = scope[entry.holder.name]
    found = getattr(holder, which, None) or holder.vjp
    is_bound = "self" in [a.arg for a in entry.methods[which].args.args[:1]] if which in entry.methods else False
    return found.__get__(holder()) if is_bound else found


def forward(entry: Entry, scope: Mapping[str, Any], values: Sequence[Any], needs: Sequence[bool]) -> tuple[Any, Any]:
    """What the forward pass returns, and what the backward pass is to be given besides upstream derivatives."""
    function = function_of(entry, scope, "forward")
    if entry.holder is None:
        made = function(*values)
        taken = len(entry.backward.args.args)
        if isinstance(made, tuple) and len(made) > 1:
            cache = made[-1] if taken <= 2 else made[1:]
            outputs = made[:-1] if len(made) > 2 and taken <= 2 else made[:1]
            if len(made) == 2:
                return made[0], (made[1],)
            return (outputs if len(outputs) > 1 else outputs[0]), (
                cache if isinstance(cache, tuple) and taken > 2 else (cache,)
            )
        return made, tuple(values)
    context = Context(needs)
    if entry.setup is not None:
        made = function(*values)
        scope[entry.holder.name].setup_context(context, tuple(values), made)
    else:
        made = function(context, *values)
    return made, context


def backward(entry: Entry, scope: Mapping[str, Any], kept: Any, upstream: Sequence[Any]) -> Any:
    """What the backward pass returns."""
    function = function_of(entry, scope, "backward")
    if entry.holder is not None:
        return function(kept, *upstream)
    names = [a.arg for a in entry.backward.args.args]
    if len(names) == len(upstream) + 1 and isinstance(kept, tuple) and len(kept) == 1:
        return function(kept[0], *upstream) if _is_store(names[0]) else function(*upstream, kept[0])
    return function(*upstream, *kept)


def _is_store(name: str) -> bool:
    from .said.find import STORES

    return STORES.match(name) is not None
