"""Training by hand with the first layer in the span of the examples."""

from typing import Any

import numpy as np

from reference_numpy.gram import gram_matrices, span_weights
from shapes.arguments import unchecked

from ..engine import Array, Arrays, Columns, Placed, State
from ..numpy_engine import NumpyEngine
from ..options import Config
from .step import GramStep


class GramNumpyEngine(NumpyEngine):
    """Its step moves C (n_1, m) in place of W1, and s1; W1, dW1 and vW1 are formed when asked for, once an update."""

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
        self._formed.pop("dW1", None)
        return super().gradient(self._gram(data, columns))

    def prove(self, data: Placed, columns: Columns, iteration: int) -> tuple[list[str], Any]:
        """Look at each line of the last gradient, on the Gram matrix."""
        return super().prove(self._gram(data, columns), columns, iteration)

    def update(self) -> None:
        """Update the coordinates and the other layers."""
        super().update()
        self._formed = {}

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        self._formed = {}
        return super().step(self._gram(data, columns))

    def parameters(self) -> Arrays:
        """Return copies of the parameters, W1 formed."""
        return {name: V.copy() for name, V in self._whole().items()}

    def gradients(self) -> Arrays:
        """Return copies of the derivatives by the parameters, dW1 formed."""
        grads = self._step.grads
        return {f"d{name}": grads[f"d{name}"].copy() for name in self._layers()} | {"dW1": self._out_of("d", grads)}

    def velocity(self) -> Arrays:
        """Return copies of the velocity, vW1 formed; empty without momentum."""
        velocity = self._step.velocity
        if not velocity:
            return {}
        return {f"v{name}": velocity[f"v{name}"].copy() for name in self._layers()} | {
            "vW1": self._out_of("v", velocity)
        }

    def state(self) -> State:
        """Return W1 at rest, the coordinates, and the other layers."""
        parameters, velocity = super().parameters(), super().velocity()
        if velocity:
            velocity["vC1"] = velocity.pop("vW1")
        return State(parameters | {"W1": self._W_0, "C1": parameters["W1"]}, velocity)

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from a state, or begin with W1 at rest where there are no coordinates."""
        self._formed = {}
        self._W_0 = parameters["W1"]
        with unchecked():
            self._products = gram_matrices(self._X, self._W_0)
        C = parameters.get("C1", np.zeros_like(self._products[1]))
        start = {"s1": np.ones((1, 1), self._dtype)} | parameters | {"W1": C}
        moving = {"vW1" if name == "vC1" else name: V for name, V in velocity.items()}
        super().load({name: V for name, V in start.items() if name != "C1"}, moving)

    def _made(self, parameters: Arrays, velocity: Arrays) -> GramStep:
        return GramStep(parameters, velocity, self._head, self._products, self._proof is not None)

    def _gram(self, data: Placed, columns: Columns) -> Placed:
        if data.X is not self._X or columns is not None:
            raise ValueError("the first layer is in the span of all examples, and learns from them all at once")
        return Placed(self._products[0], data.Y)

    def _layers(self) -> list[str]:
        return [name for name in self._step.parameters if name != "s1"]

    def _whole(self) -> Arrays:
        parameters = self._step.parameters
        return {name: parameters[name] for name in self._layers()} | {"W1": self._out_of("", parameters)}

    def _out_of(self, kind: str, values: Arrays) -> Array:
        """Return W1, dW1 or vW1 out of its coordinates."""
        name = f"{kind}W1"
        if name not in self._formed:
            with unchecked(), np.errstate(all="ignore"):
                self._formed[name] = span_weights(self._W_0, self._X, values[f"{kind}s1"], values[name])
        return self._formed[name]
