"""Training by the formulas derived by hand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_numpy.deep import deep_cost, deep_forward
from shapes.arguments import unchecked
from shapes.names import depth

from .engine import Array, Arrays, Columns, Placed, State
from .options import Config
from .proof.by_hand import ProofByHand
from .steps.deep import DeepStep
from .steps.written import FORMS, WrittenStep


class NumpyEngine:
    """Every step by reference_numpy; arguments pass unchecked, since the data were checked when read."""

    name = "numpy"
    device = "cpu"

    def __init__(self, config: Config, parameters: Arrays, velocity: Arrays) -> None:
        self._head, self._alpha, self._beta = config.head, config.descent.alpha, config.descent.momentum
        self._dtype = np.dtype(config.place.dtype)
        self._form = config.place.form
        self._proof = ProofByHand(config) if config.log.prove else None
        self._batch: tuple[Array, Array] | None = None  # of the last gradient
        self.load(parameters, velocity)

    def place(self, X: Array, Y: Array | None = None) -> Placed:
        """Return the arrays, examples contiguous in memory."""
        return Placed(*(None if V is None else np.asarray(V, self._dtype, order="F") for V in (X, Y)))

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward by hand."""
        X, Y = self._batch = _chosen(data, columns)
        with unchecked(), np.errstate(all="ignore"):  # a cost that is not finite is noticed by who reads it
            return self._step.gradient(X, Y)

    def prove(self, data: Placed, columns: Columns, iteration: int) -> tuple[list[str], Any]:
        """Look at each line of the last gradient."""
        assert self._proof is not None
        assert isinstance(self._step, DeepStep)
        assert self._batch is not None
        with unchecked(), np.errstate(all="ignore"):
            lines = list(self._proof.lines(self._step, data.X, *self._batch, iteration))
        return [name for name, _, _ in lines], np.array([line[1:] for line in lines])

    def update(self) -> None:
        """Update the parameters, with or without momentum."""
        with unchecked(), np.errstate(all="ignore"):
            self._step.update(self._alpha, self._beta)

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update."""
        X, Y = _chosen(data, columns)
        with unchecked(), np.errstate(all="ignore"):
            J = self._step.gradient(X, Y)
            self._step.update(self._alpha, self._beta)
        return J

    def read(self, costs: list[Any]) -> NDArray[np.float64]:
        """Return the costs as one array."""
        return np.array(costs, dtype=np.float64)

    def cost(self, data: Placed, l2: float = 0.0) -> float:
        """Return the cost, without a step."""
        with unchecked(), np.errstate(all="ignore"):
            return float(deep_cost(data.X, data.Y, self._whole(), self._head._replace(l2=l2))[0])

    def predict(self, data: Placed) -> Array:
        """Return the output activations (n_L, m)."""
        with unchecked(), np.errstate(all="ignore"):
            return self._formula(data.X)[0]

    def outputs(self, data: Placed) -> tuple[Array, Arrays]:
        """Return the output activations (n_L, m), and the largest activation of each hidden unit."""
        L = depth(self._whole())
        with unchecked(), np.errstate(all="ignore"):
            AL, values = self._formula(data.X)
        return AL, {f"A{l}": values[f"A{l}"].max(axis=1, keepdims=True) for l in range(1, L)}

    def forward(self, data: Placed, columns: Columns = None) -> Arrays:
        """Return every intermediate value."""
        with unchecked(), np.errstate(all="ignore"):
            return self._formula(_chosen(data, columns)[0])[1]

    def parameters(self) -> Arrays:
        """Return copies of the parameters."""
        return _copied(self._step.parameters)

    def gradients(self) -> Arrays:
        """Return copies of the derivatives by the parameters."""
        return _copied({f"d{name}": self._step.grads[f"d{name}"] for name in self._step.parameters})

    def velocity(self) -> Arrays:
        """Return copies of the velocity; empty without momentum."""
        return _copied(self._step.velocity)

    def state(self) -> State:
        """Return parameters and velocity."""
        return State(self.parameters(), self.velocity())

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from these parameters and this velocity."""
        still = {f"v{name}": np.zeros_like(V) for name, V in parameters.items()}
        moving = (still | velocity) if self._beta else {}
        self._step = self._made(parameters, moving)

    def _made(self, parameters: Arrays, velocity: Arrays) -> DeepStep | WrittenStep:
        if self._form == "deep":
            return DeepStep(parameters, velocity, self._head, self._proof is not None)
        return WrittenStep(FORMS[self._form], parameters, velocity, self._head)

    def _whole(self) -> Arrays:
        """Return the parameters as they are, not to be kept."""
        return self._step.parameters

    def _formula(self, X: Array) -> tuple[Array, Arrays]:
        return deep_forward(X, self._whole(), self._head.activation, self._head.output)


def _copied(arrays: Arrays) -> Arrays:
    return {name: V.copy() for name, V in arrays.items()}


def _chosen(data: Placed, columns: Columns) -> tuple[Array, Array]:
    if columns is None:
        return data.X, data.Y
    return data.X.T[columns].T, data.Y[:, columns]
