"""The planted mistakes, by the function in which they are made: the slip, what is right, what is written instead.

The judge of the formulas must reject each of them on its own inputs, and the checker of derivations must find and
undo each of them in a derivation.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from reference_numpy import (
    activations,
    blocks,
    broadcasting,
    calculus,
    deep,
    descent,
    dimensions,
    freivalds,
    gram,
    graph,
    housing,
    logistic,
    loops,
    losses,
    neuron,
    shallow,
    shards,
)
from reference_numpy.registry import formula_of

from .planted import Mistake

Rows = tuple[tuple[str, str, str], ...]

ROWS: Mapping[Callable[..., Any], Rows] = MappingProxyType(
    {
        blocks.linear_backward: (
            ("missing 1/m in dW", 'cache["A_prev"].T / m', 'cache["A_prev"].T'),
            ("1/m twice in dW", 'cache["A_prev"].T / m', 'cache["A_prev"].T / m**2'),
            ("1/n where 1/m belongs", 'cache["A_prev"].T / m', 'cache["A_prev"].T / dZ.shape[0]'),
            ("1/(m - 1) where 1/m belongs", 'cache["A_prev"].T / m', 'cache["A_prev"].T / (m - 1)'),
            ("operands swapped: dW is the transpose", 'dZ @ cache["A_prev"].T', 'cache["A_prev"] @ dZ.T'),
            ("the last example only", 'dZ @ cache["A_prev"].T', 'dZ[:, -1:] @ cache["A_prev"][:, -1:].T'),
            ("wrong sign of dW", "dW = dZ", "dW = -dZ"),
            ("W where A_prev belongs", 'dZ @ cache["A_prev"].T', 'dZ @ cache["W"].T'),
            ("missing 1/m in db", "keepdims=True) / m", "keepdims=True)"),
            ("sum over the units, not over the examples", "axis=1", "axis=0"),
            ("keepdims dropped", ", keepdims=True", ""),
            ("sum over everything", ", axis=1, keepdims=True", ""),
            ("1/m inside dA_prev", '= cache["W"].T @ dZ', '= cache["W"].T @ dZ / m'),
            ("missing transpose of W", 'cache["W"].T', 'cache["W"]'),
            ("* where @ belongs", 'cache["W"].T @ dZ', 'cache["W"].T * dZ'),
        ),
        blocks.activation_backward: (
            ("+ where * belongs", "dA * ", "dA + "),
            ("g(Z) where g'(Z) belongs", 'g_prime(cache["Z"])', 'ACTIVATIONS[activation][0](cache["Z"])'),
            ("missing g'(Z)", ' * g_prime(cache["Z"])', ""),
            ("sigma' for every activation", 'g_prime(cache["Z"])', 'ACTIVATIONS["sigmoid"][1](cache["Z"])'),
            ("tanh' for every activation", 'g_prime(cache["Z"])', 'ACTIVATIONS["tanh"][1](cache["Z"])'),
            ("A where Z belongs in g'", 'g_prime(cache["Z"])', 'g_prime(ACTIVATIONS[activation][0](cache["Z"]))'),
        ),
        activations.sigmoid: (("exp(Z) where exp(-Z) belongs", "np.where(Z >= 0, 1, e)", "np.where(Z >= 0, e, 1)"),),
        activations.sigmoid_prime: (
            ("1 - a^2, the derivative of tanh", "A * (1 - A)", "1 - A**2"),
            ("wrong sign in a(1 - a)", "A * (1 - A)", "A * (1 + A)"),
        ),
        activations.tanh_prime: (
            ("missing square", "1 - A**2", "1 - A"),
            ("Z where A belongs", "1 - A**2", "1 - Z**2"),
        ),
        activations.relu_prime: (
            ("slope 1 everywhere", "(Z > 0).astype(Z.dtype)", "np.ones_like(Z)"),
            ("g where g' belongs", "(Z > 0).astype(Z.dtype)", "np.where(Z > 0, Z, 0)"),
        ),
        activations.leaky_relu_prime: (("slope 0.001 where the function has 0.01", "1, leak)", "1, leak / 10)"),),
        losses.cross_entropy: (
            ("missing minus sign", "-(Y", "(Y"),
            ("branches swapped", "Y * np.log(A) + (1 - Y) * np.log(1 - A)", "(1 - Y) * np.log(A) + Y * np.log(1 - A)"),
        ),
        losses.cross_entropy_prime: (("missing term (1 - y)/(1 - a)", " + (1 - Y) / (1 - A)", ""),),
        losses.cross_entropy_from_logits_prime: (
            ("y - a where a - y belongs", "sigmoid(Z) - Y", "Y - sigmoid(Z)"),
            ("z where a belongs", "sigmoid(Z) - Y", "Z - Y"),
            ("an extra a(1 - a)", "sigmoid(Z) - Y", "(sigmoid(Z) - Y) * sigmoid(Z) * (1 - sigmoid(Z))"),
            ("factor 2 left over", "sigmoid(Z) - Y", "2 * (sigmoid(Z) - Y)"),
            ("1/m inside a derivative per example", "sigmoid(Z) - Y", "(sigmoid(Z) - Y) / Y.shape[1]"),
            ("a is missing", "sigmoid(Z) - Y", "-Y"),
        ),
        losses.squared_error_prime: (("factor 2 left over", "A - Y", "2 * (A - Y)"),),
        losses.cost: (("1/2 where 1/m belongs", "/ m", "/ 2"),),
        losses.cost_backward: (
            ("1/m inside a derivative per example", "np.ones_like(L)", "np.ones_like(L) / L.shape[1]"),
        ),
        logistic.logistic_example_gradients: (("dw without x", "dw = x * dz", "dw = np.ones_like(x) * dz"),),
        logistic.logistic_gradients: (
            (
                "an extra a(1 - a) in dZ",
                'cache["A"] - Y',
                '(cache["A"] - Y) * cache["A"] * (1 - cache["A"])',
            ),
            ("missing 1/m in dw", "X @ dZ.T / m", "X @ dZ.T"),
            ("missing 1/m in db", "np.sum(dZ) / m", "np.sum(dZ)"),
        ),
        logistic.logistic_loop: (
            ("= where += belongs: the last example only", "dw[j] += ", "dw[j] = "),
            ("never divided by m", "dw / m, db / m", "dw, db"),
            ("a = sigma(z)(1 - sigma(z))", "a = sigmoid(z)", "a = sigmoid(z) * (1 - sigmoid(z))"),
        ),
        shallow.shallow_gradients: (
            ("g(Z1) where g'(Z1) belongs", 'g_prime(cache["Z1"])', 'cache["A1"]'),
            ("g'(Z2) where g'(Z1) belongs", 'g_prime(cache["Z1"])', 'g_prime(cache["Z2"])'),
            ("the updated W2 used in the backward pass", "W2.T @ dZ2 * g", "(W2 - 0.0075 * dW2).T @ dZ2 * g"),
            ("dW1 missing", '"dW1": dW1, ', ""),
        ),
        deep.hidden_dZ: (
            ("g'(Z[l]) missing", " * g_prime(Z)", ""),
            ("g(Z[l]) where g'(Z[l]) belongs", "g_prime(Z)", "ACTIVATIONS[activation][0](Z)"),
        ),
        deep.deep_gradients: (
            ("W of the neighbouring layer", "W.T @ dZ", 'parameters[f"W{l - 1}"].T @ dZ'),
            ("A of the neighbouring layer", "dZ @ A_prev.T", 'dZ @ cache[f"A{l}"].T'),
            ("updated W used in the backward pass", "W.T @ dZ", '(W - 0.0075 * grads[f"dW{l}"]).T @ dZ'),
            (
                "derivative of the wrong activation in the hidden layers",
                "ACTIVATIONS[g][1] for g in (",
                'ACTIVATIONS["tanh" if g == "sigmoid" else "sigmoid"][1] for g in (',
            ),
            ("g' of the layer after", "g_prime[l - 2](cache", "g_prime[l - 1](cache"),
            ("A[L] - Y where squared error needs g'(Z[L]) too", 'dZ = dZ * g_prime[L - 1](cache[f"Z{L}"])', "pass"),
            ("L2 term missing", " + l2 / m * W", ""),
            ("L2 term doubled", " + l2 / m * W", " + 2 * l2 / m * W"),
            ("L2 term halved", " + l2 / m * W", " + l2 / (2 * m) * W"),
            ("L2 term without 1/m", " + l2 / m * W", " + l2 * W"),
            ("L2 term on the bias", "keepdims=True) / m", 'keepdims=True) / m + l2 / m * parameters[f"b{l}"]'),
        ),
        deep.l2_gradients: (
            (
                "L2 term on the bias",
                "L + 1)}",
                'L + 1)} | {f"db{l}": l2 / m * parameters[f"b{l}"] for l in range(1, L + 1)}',
            ),
            ("factor 2 left over", "l2 / m", "2 * l2 / m"),
        ),
        blocks.linear_activation_backward: (("dA where dZ belongs", "linear_backward(dZ", "linear_backward(dA"),),
        blocks.model_backward: (
            (
                "output layer treated like a hidden one",
                '(*hidden_layers(activation, L), "sigmoid")',
                "[activation] * L",
            ),
        ),
        descent.update_parameters: (
            ("+ where - belongs", "V - alpha", "V + alpha"),
            ("parameters changed in place", 'V - alpha * grads[f"d{key}"]', 'V.__isub__(alpha * grads[f"d{key}"])'),
        ),
        descent.update_with_momentum: (
            ("momentum forgotten", 'beta * velocity[f"v{key}"] + ', ""),
            (
                "the gradient where the velocity belongs",
                'V - alpha * velocity[f"v{key}"]',
                'V - alpha * grads[f"d{key}"]',
            ),
        ),
        descent.mini_batches: (
            (
                "the last, smaller batch dropped",
                "batch_indices(order, batch_size)",
                "batch_indices(order, batch_size)[:-1]",
            ),
        ),
        gram.gram_matrices: (("products of the features, not of the examples", "X.T @ X", "X @ X.T"),),
        gram.span_weights: (("what is at rest does not shrink", "s * W_0", "W_0"),),
        gram.span_product: (("what is at rest forgotten", "s * Q + ", ""),),
        gram.span_square: (
            ("what is at rest forgotten", "s * (s * q + np.sum(C * Q)) + ", ""),
            ("C C.T for W W.T", "C * H", "C * C"),
        ),
        gram.span_slopes: (
            ("missing 1/m", "dZ / m", "dZ"),
            ("L2 term missing", " + l2 / m * C", ""),
            ("L2 term on C alone", "l2 / m * s", "0 * s"),
        ),
        gram.gram_cost: (
            ("L2 term of the first layer missing", "if head.l2:", "if False:"),
            ("C penalised in place of W", "span_square(q, Q, H, s, C)", "np.sum(C**2)"),
        ),
        gram.gram_gradients: (
            ("L2 term missing", '{"A0": Y[:0]}, head)', '{"A0": Y[:0]}, head._replace(l2=0.0))'),
            ("a dW of W that is at rest", 'del grads["dW1"]', "pass"),
        ),
        gram.gram_descent: (
            ("the derivative by C, which is another descent", 'grads["dZ1"], s', 'grads["dZ1"] @ G, s'),
            ("W that is at rest returned", 'W if key == "W1" else moving[key]', "moving.get(key, parameters[key])"),
            ("L2 term missing in the first layer", "s, C, head.l2)\n", "s, C, 0.0)\n"),
        ),
        shards.sharded_gradients: (
            ("the mean of the shards' means: 1/R where m_r/m belongs", "m_r / m", "1 / len(sizes)"),
            ("an empty shard not counted in the mean of means", "m_r / m", "1 / np.count_nonzero(sizes)"),
            ("the sum of the shards' means", "m_r / m * part", "part"),
            ("shards filled up to the largest", "m_r / m", "m_r / (len(sizes) * max(sizes))"),
            ("the penalty once for each shard", "head._replace(l2=0.0)", "head"),
            ("the penalty divided by the shard's examples", "head.l2, m)", "head.l2, sizes[0])"),
            ("the largest shard alone", "_shards(sizes)", "list(_shards(sizes))[:1]"),
        ),
        freivalds.linear_residual: (
            ("the sum of v forgotten", "b * np.sum(v)", "b"),
            ("A_prev.T v where A_prev v belongs", "W @ t", "W @ t[::-1]"),
        ),
        freivalds.dW_residual: (
            ("missing 1/m", "t / m", "t"),
            ("L2 term missing", " - l2 / m * (W @ u)", ""),
        ),
        freivalds.dA_residual: (("wrong sign", "- W.T", "+ W.T"),),
        freivalds.residual_bound: (
            ("the number of terms where its root belongs", "np.sqrt(m) + np.sqrt(k)", "m + k"),
            ("one norm forgotten", " * a * b", " * a"),
        ),
        calculus.cube_prime: (("a^3 where 3a^2 belongs", "3 * a**2", "a**3"),),
        graph.graph_backward: (
            ("db without the factor c", 'db = du * cache["c"]', "db = du.copy()"),
            ("dc with c where b belongs", 'dc = du * cache["b"]', 'dc = du * cache["c"]'),
        ),
        dimensions.layer_shapes: (
            ("W of the shape of W.T", 'f"W{l}": (n, n_prev)', 'f"W{l}": (n_prev, n)'),
            ("b without its second dimension", "(n, 1)", "(n,)"),
        ),
        housing.housing_gradients: (("missing g'(z)", ' * g_prime(cache["Z"])', ""),),
        neuron.neuron_gradients: (
            ("dW in the shape of W.T", "np.dot(X, dZ.T)", "np.dot(dZ, X.T)"),
            ("dZ.T where dZ belongs in db", "np.dot(dZ, np.ones_like", "np.dot(dZ.T, np.ones_like"),
        ),
        neuron.propagate_backward: (
            ("dZ of the layer after where that of this layer belongs", 'cache[f"A{l - 1}"].T', 'cache[f"A{l}"].T'),
            ("dA where dZ belongs", ' * (cache[f"Z{l - 1}"] >= 0)', ""),
            ("dZ.T where dZ belongs in db", "np.dot(dZ, np.ones_like", "np.dot(dZ.T, np.ones_like"),
        ),
        activations.sigmoid_prime_quotient: (("missing square", " ** 2", ""),),
        losses.cross_entropy_by_cases: (
            ("branches swapped", "-np.log(A), -np.log(1 - A)", "-np.log(1 - A), -np.log(A)"),
        ),
        losses.cross_entropy_by_cases_prime: (("sign of one branch wrong", "1 / (1 - A))", "-1 / (1 - A))"),),
        losses.cross_entropy_loss: (("branches swapped", "if y == 1", "if y == 0"),),
        losses.labels_likelihood: (("the sum where the product belongs", "np.prod", "np.sum"),),
        logistic.logistic_example_steps: (("e^z where e^-z belongs", "1 / a - 1", "1 / (1 / a - 1)"),),
        logistic.absorbed_example_gradients: (("dw without x", "x * dz", "dz"),),
        deep.deep_example_gradients: (
            ("g' missing", ' * g_prime[l - 2](cache[f"z{l - 1}"])', ""),
            ("W of the neighbouring layer", 'parameters[f"W{l}"].T @ dz', 'parameters[f"W{l - 1}"].T @ dz'),
        ),
        blocks.activation_example_backward: (("+ where * belongs", "da * ", "da + "),),
        loops.logistic_regression: (("alpha forgotten", 'grads["db"], alpha', 'grads["db"], 1.0'),),
        loops.logistic_one_by_one: (
            ("the gradient of one example divided by m", 'grads["dw"], g', 'grads["dw"] / m, g'),
        ),
        loops.shallow_network: (
            ("+ where - belongs", 'W1 - alpha * grads["dW1"]', 'W1 + alpha * grads["dW1"]'),
            ("b2 is never moved", 'b2 - alpha * grads["db2"]', "b2"),
        ),
        broadcasting.broadcast_row_backward: (
            ("dS returned for a row that was copied", "np.sum(dR, axis=0, keepdims=True)", "dR"),
            ("summed over the other axis", "axis=0", "axis=1"),
        ),
        broadcasting.broadcast_column_backward: (("keepdims dropped", ", keepdims=True", ""),),
        broadcasting.sum_vertically: (("the other axis", "axis=0", "axis=1"),),
        broadcasting.column_percentages: (
            ("factor 100 missing", "100 * (A / np.sum(A, axis=0))", "A / np.sum(A, axis=0)"),
        ),
    }
)
MISTAKES = tuple(Mistake(formula_of(function), *row) for function, rows in ROWS.items() for row in rows)
