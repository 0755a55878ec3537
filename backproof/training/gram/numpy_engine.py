"""Training by hand with the first layer in the span of the examples."""

from typing import Any

import numpy as np

from reference_numpy.gram import gram_cost, gram_gradients, gram_matrices, span_slopes, span_weights
from shapes.arguments import unchecked

from ..engine import Array, Arrays, Columns, Placed, State
from ..numpy_engine import NumpyEngine
from ..options import Config


class GramNumpyEngine(NumpyEngine):
    """Its own parameters are s1 (), C1 (n_1, m), b1, W2, b2, ...; W1, dW1 and vW1 are formed when asked for."""

    def __init__(self, config: Config, parameters: Arrays, velocity: Arrays, examples: Array) -> None:
        self._examples = examples
        self._X = np.asarray(examples, config.place.dtype, order="F")
        self._formed: Arrays = {}
        super().__init__(config, parameters, velocity)

    def place(self, X: Array, Y: Array | None = None) -> Placed:
        """Return the arrays, those of the examples as they are known already."""
        return super().place(self._X if X is self._examples else X, Y)

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward by hand, without W1."""
        if data.X is not self._X or columns is not None:
            raise ValueError("the first layer is in the span of all examples, and learns from them all at once")
        s, C = self._parameters["s1"], self._parameters["C1"]
        layers = {"W1": self._W_0} | self._parameters
        with unchecked(), np.errstate(all="ignore"):
            J, cache = gram_cost(*self._products, data.Y, layers, s, C, self._head)
            self._grads = gram_gradients(data.Y, layers, cache, self._head)
            self._grads["ds1"], self._grads["dC1"] = span_slopes(self._grads["dZ1"], s, C, self._head.l2)
        self._formed.pop("dW1", None)
        return J

    def update(self) -> None:
        """Update the coordinates and the other layers."""
        super().update()
        self._formed = {}

    def parameters(self) -> Arrays:
        """Return the parameters, W1 formed."""
        return self._whole("", self._parameters)

    def gradients(self) -> Arrays:
        """Return the derivatives by the parameters, dW1 formed."""
        return self._whole("d", {f"d{name}": self._grads[f"d{name}"] for name in self._parameters})

    def velocity(self) -> Arrays:
        """Return the velocity, vW1 formed; empty without momentum."""
        return self._whole("v", self._velocity) if self._velocity else {}

    def state(self) -> State:
        """Return W1 at rest, the coordinates as arrays of two dimensions, and the other layers."""
        moving = {name: np.reshape(V, (1, 1)) if "s1" in name else V for name, V in self._moving().items()}
        return State(
            {"W1": self._W_0} | {name: moving[name] for name in self._parameters},
            {name: moving[name] for name in self._velocity},
        )

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from a state, or begin with W1 at rest where there are no coordinates."""
        self._W_0 = parameters["W1"]
        with unchecked():
            self._products = gram_matrices(self._X, self._W_0)
        begin = {"s1": np.ones((), self._dtype), "C1": np.zeros_like(self._products[1])}
        moving = begin | {name: V for name, V in parameters.items() if name != "W1"}
        super().load(moving | {"s1": moving["s1"].reshape(())}, velocity)
        if "vs1" in velocity:
            self._velocity["vs1"] = velocity["vs1"].reshape(())
        self._formed = {}

    def _moving(self) -> Arrays:
        return self._parameters | self._velocity

    def _whole(self, kind: str, values: Arrays) -> Arrays:
        """Return parameters, derivatives or velocity by layers, those of W1 out of their coordinates."""
        name = f"{kind}W1"
        if name not in self._formed:
            with unchecked(), np.errstate(all="ignore"):
                self._formed[name] = span_weights(self._W_0, self._X, values[f"{kind}s1"], values[f"{kind}C1"])
        others = {key: V for key, V in values.items() if key not in (f"{kind}s1", f"{kind}C1")}
        return {name: self._formed[name]} | others
