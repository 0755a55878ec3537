"""Anchors of layers, networks and descent, worked out by hand as those of `anchors`."""

from typing import Any

import numpy as np

from reference_numpy import (
    blocks,
    circuits,
    deep,
    descent,
    dimensions,
    initialization,
    linearity,
    loops,
    neuron,
    prediction,
    shallow,
    shards,
)
from shapes.network import Head

from .anchors import CACHE, COST, DB, DW, LABELS, LN2, LN3, B, W, X, a, anchor, column

# One layer

EXAMPLE = {"a_prev": column(1, -2), "W": a([1, 2], [0, -1], [3, 1]), "b": column(0, 1, 0.5)}
dz = column(1, 2, -1)
anchor(blocks.linear_example_forward, *EXAMPLE.values(), z=column(-3, 3, 1.5))
anchor(blocks.linear_example_backward, dz, EXAMPLE, da_prev=column(-2, -1), dW=a([1, -2], [2, -4], [-1, 2]), db=1 * dz)
LAYER = {"A_prev": a([1, 2, -1]), "W": column(2, -1), "b": column(0.5, 0)}
Z, UPSTREAM = a([2.5, 4.5, -1.5], [-1, -2, 1]), a([1, 2, 3], [0, -1, 2])
anchor(blocks.linear_forward, *LAYER.values(), Z=Z)
anchor(blocks.linear_backward, UPSTREAM, LAYER, dA_prev=a([2, 5, 4]), dW=column(2 / 3, -4 / 3), db=column(2, 1 / 3))
anchor(blocks.linear_activation_forward, *LAYER.values(), "relu", A=a([2.5, 4.5, 0], [0, 0, 1]), Z=Z)
anchor(
    blocks.linear_activation_backward,
    *(UPSTREAM, LAYER | {"Z": Z}, "relu"),
    **{"dA_prev": a([2, 4, -2]), "dW": column(5 / 3, -2 / 3), "db": column(1, 2 / 3)},
)
for name, values, slopes in (
    ("sigmoid", (2 / 3, 1 / 4), (2 / 9, 3 / 16)),
    ("tanh", (0.6, -0.8), (0.64, 0.36)),
    ("relu", (LN2, 0), (1, 0)),
    ("leaky_relu", (LN2, -0.01 * LN3), (1, 0.01)),
    ("identity", (LN2, -LN3), (1, 1)),
):
    anchor(blocks.activation_forward, a([LN2, -LN3]), name, A=a(values))
    anchor(blocks.activation_example_forward, column(LN2, -LN3), name, a=column(*values))
    anchor(
        blocks.activation_example_backward,
        *(column(2, -1), {"z": column(LN2, -LN3)}, name),
        **{"dz": column(2 * slopes[0], -slopes[1])},
    )
    anchor(blocks.activation_backward, a([2, -1]), {"Z": a([LN2, -LN3])}, name, dZ=a([2 * slopes[0], -slopes[1]]))
anchor(deep.next_linear, column(1, -2), a([2, 3]), a([0.5]), Z_next=a([2.5]))
anchor(deep.next_linear, column(LN2, -LN3), a([2, 3]), a([0.5]), "tanh", Z_next=a([-0.7]))
anchor(deep.hidden_dZ, a([2]), column(LN2, -LN3), a([2, 3]), "tanh", dZ=column(2.56, 2.16))

# A network with two inputs, two hidden units with ReLU, one output: a = 1/4 and 9/10

INPUT, TARGET = a([1, 2], [3, -1]), a([0, 1])
NETWORK = {"W1": a([1, 0], [-1, 1]), "b1": column(0, 1), "W2": a([LN3, -2 * LN3 / 3]), "b2": a([0])}
VALUES: dict[str, Any] = {
    "A0": INPUT,
    "Z1": a([1, 2], [3, -2]),
    "A1": a([1, 2], [3, 0]),
    "Z2": a([-LN3, 2 * LN3]),
    "A2": a([0.25, 0.9]),
}
J = np.log(40 / 27) / 2
dA1 = LN3 * a([0.25, -0.1], [-1 / 6, 1 / 15])
GRADS = {
    "dZ2": a([0.25, -0.1]),
    "dW2": a([0.025, 0.375]),
    "db2": a([0.075]),
    "dZ1": LN3 * a([0.25, -0.1], [-1 / 6, 0]),
    "dW1": LN3 * a([0.025, 0.425], [-1 / 12, -1 / 4]),
    "db1": LN3 * column(0.075, -1 / 12),
}
SHALLOW = {key: VALUES[key] for key in ("Z1", "A1", "Z2", "A2")}
for forward in (shallow.shallow_forward, shallow.shallow_forward_loop):
    anchor(forward, INPUT, *NETWORK.values(), "relu", **SHALLOW)
    anchor(forward, a([LN2]), a([1]), a([0]), a([LN3 / 0.6]), a([0]), A2=a([0.75]))  # tanh unless told
anchor(shallow.shallow_cost, INPUT, TARGET, *NETWORK.values(), "relu", J=J, **SHALLOW)
anchor(shallow.shallow_gradients, INPUT, TARGET, NETWORK["W2"], SHALLOW, "relu", **GRADS)
FIRST = {"z1": column(1, 3), "a1": column(1, 3), "z2": a([-LN3]), "a2": a([0.25])}
anchor(shallow.shallow_example_loss, column(1, 3), a([0]), *NETWORK.values(), "relu", L=2 * LN2 - LN3, **FIRST)
anchor(
    shallow.shallow_example_gradients,
    *(column(1, 3), a([0]), NETWORK["W2"], FIRST, "relu"),
    **{"dz2": a([0.25]), "dW2": a([0.25, 0.75]), "db2": a([0.25])},
    **{"dz1": LN3 * column(1 / 4, -1 / 6), "db1": LN3 * column(1 / 4, -1 / 6)},
    dW1=LN3 * a([1 / 4, 3 / 4], [-1 / 6, -1 / 2]),
)
THROUGH = {"a0": column(1, 3), **FIRST}
anchor(deep.deep_example_loss, column(1, 3), a([0]), NETWORK, L=2 * LN2 - LN3, **THROUGH)
anchor(
    deep.deep_example_gradients,
    *(a([0]), NETWORK, THROUGH),
    **{"dz2": a([0.25]), "dW2": a([0.25, 0.75]), "db2": a([0.25]), "da1": LN3 * column(1 / 4, -1 / 6)},
    **{"dz1": LN3 * column(1 / 4, -1 / 6), "db1": LN3 * column(1 / 4, -1 / 6)},
    dW1=LN3 * a([1 / 4, 3 / 4], [-1 / 6, -1 / 2]),
)
SECOND = {"a0": column(2, -1), "z1": column(2, -2), "a1": column(2, 0), "z2": a([2 * LN3]), "a2": a([0.9])}
anchor(
    deep.deep_example_gradients,
    *(a([1]), NETWORK, SECOND),
    **{"dz2": a([-0.1]), "dW2": a([-0.2, 0]), "db2": a([-0.1]), "da1": LN3 * column(-0.1, 1 / 15)},
    **{"dz1": LN3 * column(-0.1, 0), "db1": LN3 * column(-0.1, 0), "dW1": LN3 * a([-0.2, 0.1], [0, 0])},
)
anchor(neuron.propagate_forward, INPUT, TARGET, NETWORK, J=J, **VALUES)
anchor(neuron.propagate_backward, TARGET, NETWORK, VALUES, **GRADS | {"dA1": dA1})
CACHES = [
    {"A_prev": INPUT, "W": NETWORK["W1"], "b": NETWORK["b1"], "Z": VALUES["Z1"]},
    {"A_prev": VALUES["A1"], "W": NETWORK["W2"], "b": NETWORK["b2"], "Z": VALUES["Z2"]},
]
dAL = a([4 / 3, -10 / 9])
anchor(blocks.model_forward, INPUT, NETWORK, AL=VALUES["A2"], Z1=VALUES["Z1"], A1=VALUES["A1"], Z2=VALUES["Z2"])
anchor(blocks.compute_cost, VALUES["A2"], TARGET, J=J)
anchor(blocks.compute_cost_backward, VALUES["A2"], TARGET, dAL=dAL)
anchor(blocks.model_cost, INPUT, TARGET, NETWORK, J=J, AL=VALUES["A2"])
anchor(
    blocks.model_backward,
    *(VALUES["A2"], TARGET, CACHES),
    **{name: GRADS[name] for name in ("dW1", "db1", "dW2", "db2")},
    **{"dAL": dAL, "dA1": dA1, "dA0": LN3 * a([5 / 12, -0.1], [-1 / 6, 0])},
)
anchor(prediction.predict, INPUT, NETWORK, P=a([0, 1]))
anchor(deep.deep_forward, INPUT, NETWORK, AL=VALUES["A2"], **VALUES)
anchor(deep.deep_cost, INPUT, TARGET, NETWORK, J=J, **VALUES)
PENALTY = Head("relu", "sigmoid", "cross_entropy", 3.0)
anchor(deep.deep_cost, INPUT, TARGET, NETWORK, PENALTY, J=J + 0.75 * (3 + 13 / 9 * LN3**2))
anchor(
    deep.deep_gradients,
    *(TARGET, NETWORK, VALUES, PENALTY),
    **GRADS | {"dA1": dA1, "dW1": GRADS["dW1"] + 1.5 * NETWORK["W1"], "dW2": a([0.025 + 1.5 * LN3, 0.375 - LN3])},
)
SQUARED = Head("relu", "sigmoid", "squared_error")
dZ2 = a([3 / 64, -0.009])
anchor(deep.deep_cost, INPUT, TARGET, NETWORK, SQUARED, J=0.0725 / 4)
anchor(
    deep.deep_gradients,
    *(TARGET, {"W1": NETWORK["W2"], "b1": NETWORK["b2"]}),
    *({"A0": VALUES["A1"], "Z1": VALUES["Z2"], "A1": VALUES["A2"]}, SQUARED),
    **{"dZ1": dZ2, "dW1": a([3 / 128 - 0.009, 9 / 128]), "db1": a([3 / 128 - 0.0045])},
)
PENALISED = {"W1": a([1, 2]), "b1": a([5]), "W2": a([3]), "b2": a([7])}
anchor(deep.l2_penalty, PENALISED, 3.0, 2, J=10.5)
anchor(deep.l2_gradients, PENALISED, 3.0, 2, dW1=a([1.5, 3]), dW2=a([4.5]))

# Linear networks, circuits, shapes, the course's random numbers

STRAIGHT = {"W1": a([1, 2], [0, 1]), "b1": column(1, 0), "W2": a([3, 1]), "b2": a([2])}
anchor(linearity.collapse, STRAIGHT, W=a([3, 7]), b=a([5]))
anchor(linearity.linear_network, a([1, 0], [1, -1]), STRAIGHT, Y_hat=a([15, -2]))
anchor(linearity.linear_network_backward, a([1, 2]), STRAIGHT, dX=a([3, 6], [7, 14]))
XOR = {"W1": a([1, 1], [1, 1]), "b1": column(0, -1), "W2": a([1, -2]), "b2": a([0])}
anchor(circuits.deep_xor_network, 2, **XOR)
anchor(circuits.shallow_xor_network, 2, **{"W1": a([-1, 1], [1, -1]), "b1": column(0, 0)}, W2=a([1, 1]), b2=a([0]))
LAYERS = {f"W{l}": np.ones((n, n_prev)) for l, n_prev, n in ((1, 2, 3), (2, 3, 4), (3, 4, 1))}
anchor(circuits.count_hidden_units, LAYERS | {f"b{l}": np.ones((n, 1)) for l, n in ((1, 3), (2, 4), (3, 1))}, units=7)
for kind in ("deep", "shallow"):
    anchor(circuits.parity, a([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], [0, 1, 1, 0, 1]), kind, Y=a([0, 1, 0, 0, 1]))
anchor(
    dimensions.layer_shapes,
    *([3, 2, 1], 4),
    **{"A0": (3, 4), "W1": (2, 3), "b1": (2, 1), "Z1": (2, 4), "A1": (2, 4)},
    **{"W2": (1, 2), "b2": (1, 1), "Z2": (1, 4), "A2": (1, 4)},
)
COURSE = a(
    [1.6243453636632417, -0.6117564136500754, -0.5281717522634557],
    [-1.0729686221561705, 0.8654076293246785, -2.3015386968802827],
)
for scale, factor in {
    "zeros": 0,
    "small": 0.01,
    "scaled": 1 / 3**0.5,
    "he": (2 / 3) ** 0.5,
    "xavier": 0.4**0.5,
}.items():
    anchor(
        initialization.initialize_parameters,
        *([3, 2], np.random.RandomState(1), scale),
        **{"W1": factor * COURSE, "b1": column(0, 0)},
    )

anchor(
    initialization.initialize_parameters,
    *([3, 1], np.random.RandomState(1), "uniform"),
    **{"W1": a([0.00417022004702574, 0.007203244934421581, 1.1437481734488664e-06]), "b1": a([0])},
)

# Descent

anchor(descent.logistic_update, column(1, 2), 3.0, column(0.5, -1), 2.0, 0.1, w=column(0.95, 2.1), b=2.8)
WEIGHTS, SLOPES = {"W1": a([1, 2]), "b1": a([3])}, {"dW1": a([2, -4]), "db1": a([1])}
anchor(descent.update_parameters, WEIGHTS, SLOPES, 0.1, W1=a([0.8, 2.4]), b1=a([2.9]))
anchor(
    descent.update_with_momentum,
    *(WEIGHTS, SLOPES, {"vW1": a([3, 0]), "vb1": a([2])}, 0.1, 0.5),
    **{"W1": a([0.65, 2.4]), "b1": a([2.8]), "vW1": a([3.5, -4]), "vb1": a([2])},
)
anchor(descent.logistic_example_update, a(1, 2), 3.0, a(0.5, -1), 2.0, 0.1, w=a(0.95, 2.1), b=2.8)
PARTS = {f"batches[{t}]": np.array(part) for t, part in enumerate(([3, 1], [4, 0], [2]))}
anchor(descent.batch_indices, np.array([3, 1, 4, 0, 2]), 2, **PARTS)
BATCHES: dict[str, Any] = {}
for t, (few, their) in enumerate(((a([3, 1]), a([0, 1])), (a([4, 0]), a([1, 0])), (a([2]), a([1])))):
    BATCHES |= {f"batches[{t}][0]": few, f"batches[{t}][1]": their}
anchor(descent.mini_batches, a(range(5)), a([0, 1, 1, 0, 1]), 2, np.array([3, 1, 4, 0, 2]), **BATCHES)
moved = DW.T + W.T + a([0.5, 0.5])  # dW with lambda/m = 1, and half of the velocity
anchor(
    descent.descent_step,
    *(X, LABELS, {"W1": W.T, "b1": a([B])}, PENALTY),
    *({"vW1": a([1, 1]), "vb1": a([2])}, 0.6, 0.5),
    **{"J": COST + 1, "W1": W.T - 0.6 * moved, "b1": a([B - 0.6 * (DB + 1)]), "vW1": moved, "vb1": a([DB + 1])},
)
REGRESSION = {"W1": W.T, "b1": a([B])}
VALUES_OF_IT = {"A0": X, "Z1": CACHE["Z"], "A1": CACHE["A"]}
for sizes in ([2, 0, 1], [3], [1, 1, 1]):
    anchor(shards.sharded_cost, X, LABELS, REGRESSION, sizes, PENALTY, J=COST + 1, **VALUES_OF_IT)
    anchor(
        shards.sharded_gradients,
        *(LABELS, REGRESSION, VALUES_OF_IT, sizes, PENALTY),
        **{"dW1": DW.T + W.T, "db1": a([DB])},
    )
anchor(
    descent.gradient_descent,
    *(a([1, 2]), a([2, 4]), {"W1": a([0]), "b1": a([0])}, Head("relu", "identity", "squared_error"), 0.1, 0.5, 2),
    **{"W1": a([1.08]), "b1": a([0.645]), "costs": a(5, 2.1825)},
)

# The notes' own loops: z = 0, then ln 3; and one step of the network above

for regression in (loops.logistic_regression, loops.logistic_regression_loop):
    anchor(regression, X, LABELS, W, B, 0.6, 1, w=W - 0.6 * DW, b=B - 0.6 * DB, costs=a(COST))
    anchor(
        regression,
        *(a([1]), a([1]), a([0]), 0.0, LN3, 2),
        **{"w": a([0.75 * LN3]), "b": 0.75 * LN3, "costs": a(LN2, 2 * LN2 - LN3)},
    )
anchor(
    loops.logistic_one_by_one,
    *(a([1, 1]), a([1, 0]), a(0), 0.0, LN3, 1),
    **{"w": a(-0.25 * LN3), "b": -0.25 * LN3, "costs": a(1.5 * LN2)},
)
anchor(
    loops.logistic_one_by_one,
    *(a([1]), a([1]), a(0), 0.0, LN3, 2),
    **{"w": a(0.75 * LN3), "b": 0.75 * LN3, "costs": a(LN2, 2 * LN2 - LN3)},
)
STEPPED = {name: V - 0.5 * GRADS[f"d{name}"] for name, V in NETWORK.items()}
LATER = deep.deep_cost(INPUT, TARGET, STEPPED)[0]  # anchored above
anchor(loops.shallow_network, INPUT, TARGET, *NETWORK.values(), "relu", 0.5, 1, **STEPPED, costs=a(J))
anchor(loops.shallow_network, INPUT, TARGET, *NETWORK.values(), "relu", 0.5, 2, costs=a(J, LATER))
anchor(loops.outline, INPUT, TARGET, NETWORK, "relu", 0.5, 1, **STEPPED, costs=a(J))
anchor(loops.outline, INPUT, TARGET, NETWORK, "relu", 0.5, 2, costs=a(J, LATER))
anchor(loops.lee_network, INPUT, TARGET, NETWORK, 0.5, 1, **STEPPED, costs=a(J))
anchor(loops.lee_network, INPUT, TARGET, NETWORK, 0.5, 2, costs=a(J, LATER))
