"""What both engines do: the same training by hand in NumPy and with torch's autograd, behind one small interface.

An engine knows nothing of files, runs or logs. `Placed` is data in the engine's own layout and on its device, `Live`
what a listener sees of an engine that trains.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = dict[str, Array]
Columns = NDArray[np.integer[Any]] | None


class Placed(NamedTuple):
    """Examples and labels as the engine holds them; labels are None if there are only pictures to predict."""

    X: Any
    Y: Any


class State(NamedTuple):
    """What an engine needs to go on to the bit: parameters and velocity, or their coordinates where it moves these."""

    parameters: Arrays
    velocity: Arrays


class Engine(Protocol):
    """A network in training. Results are NumPy arrays in the notes' layout, except costs, which may lag behind."""

    name: str
    device: str

    def place(self, X: Array, Y: Array | None = None) -> Placed:
        """Bring X (n_x, m) and Y (n_L, m) to the device, in the dtype of the parameters."""
        ...

    def gradient(self, data: Placed, columns: Columns = None) -> Any:
        """Go forward and backward on the chosen examples (default: all) and return the cost, still on the device."""
        ...

    def prove(self, data: Placed, columns: Columns, iteration: int) -> tuple[list[str], Any]:
        """Look at each line of the last gradient along random vectors, with --prove.

        Return the names of the lines and, still on the device, for each what is left of it and what may be left.
        """
        ...

    def update(self) -> None:
        """Move the parameters by the last gradient."""
        ...

    def step(self, data: Placed, columns: Columns = None) -> Any:
        """Compute a gradient, then update; return the cost before the update, still on the device."""
        ...

    def read(self, costs: list[Any]) -> NDArray[np.float64]:
        """Return the numbers behind costs; this waits for the device."""
        ...

    def cost(self, data: Placed, l2: float = 0.0) -> float:
        """Return the cost, without a step."""
        ...

    def predict(self, data: Placed) -> Array:
        """Return the output activations (n_L, m)."""
        ...

    def outputs(self, data: Placed) -> tuple[Array, Arrays]:
        """Return the output activations (n_L, m), and the largest of each hidden unit: {"A1": (n_1, 1), ...}."""
        ...

    def forward(self, data: Placed, columns: Columns = None) -> Arrays:
        """Return every intermediate value: A0, Z1, A1, ..., ZL, AL."""
        ...

    def parameters(self) -> Arrays:
        """Return {"W1": (n_1, n_0), "b1": (n_1, 1), ...}; later updates leave it as it is."""
        ...

    def gradients(self) -> Arrays:
        """Return {"dW1", "db1", ...} of the last gradient."""
        ...

    def velocity(self) -> Arrays:
        """Return {"vW1", "vb1", ...}; empty without momentum."""
        ...

    def state(self) -> State:
        """Return what `load` takes to go on; where the first layer moves by its coordinates, it is not formed."""
        ...

    def load(self, parameters: Arrays, velocity: Arrays) -> None:
        """Go on from these parameters and this velocity; an empty velocity is zero."""
        ...


@dataclass(frozen=True, eq=False)
class Live:
    """A listener's view of the training; values are computed when asked for, once. Parameters and gradient match."""

    engine: Engine
    train: Placed
    test: Placed | None
    columns: Columns  # of the iteration's mini-batch; None is the whole training set
    residual: float | None = None  # with --prove: see Prover.told

    @cached_property
    def parameters(self) -> Arrays:
        """The parameters before the update."""
        return self.engine.parameters()

    @cached_property
    def gradients(self) -> Arrays:
        """The gradients on the batch."""
        return self.engine.gradients()

    @cached_property
    def velocity(self) -> Arrays:
        """The velocity before the update."""
        return self.engine.velocity()

    @cached_property
    def state(self) -> State:
        """The state before the update."""
        return self.engine.state()

    @cached_property
    def train_outputs(self) -> tuple[Array, Arrays]:
        """Output activations (n_L, m), and the largest activation of each hidden unit, over the training set."""
        return self.engine.outputs(self.train)

    @cached_property
    def test_outputs(self) -> Array:
        """Output activations (n_L, m) over the test set."""
        assert self.test is not None
        return self.engine.predict(self.test)
