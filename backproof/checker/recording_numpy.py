"""torch's own NumPy, which records derivatives, with what it lacks of NumPy's."""

from typing import Any

from torch import _numpy

torch_numpy: Any = _numpy  # typed as far as its maker typed it, which is not far
# NumPy's own default types; asked for them, torch would import its compiler, which takes a second
torch_numpy.set_default_dtype("numpy")


def array(values: Any, *rest: Any, **more: Any) -> Any:
    """np.array of a list whose entries depend on the inputs: torch would cut them off from its graph."""
    if isinstance(values, (list, tuple)) and any(isinstance(V, torch_numpy.ndarray) for V in values):
        return torch_numpy.stack([torch_numpy.asarray(V) for V in values])
    if isinstance(values, (list, tuple)) and values and isinstance(values[0], (list, tuple)):
        return torch_numpy.stack([array(V) for V in values])
    return torch_numpy.array(values, *rest, **more)


def nansum(values: Any, *rest: Any, **more: Any) -> Any:
    """np.nansum, which torch's NumPy lacks."""
    return torch_numpy.sum(torch_numpy.where(torch_numpy.isnan(values), 0.0, values), *rest, **more)


class TorchNumPy:
    """torch's NumPy, and what it lacks."""

    array, nansum = staticmethod(array), staticmethod(nansum)

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(torch_numpy, name)
        except AttributeError:
            raise AttributeError(f"np.{name} is not known to torch's NumPy, which records the derivatives") from None


def _format(V: Any, form: str) -> str:
    return format(V.tensor.item() if form else str(V.tensor.detach().numpy()), form)


torch_numpy.ndarray.__format__ = _format  # as NumPy's numbers have it
