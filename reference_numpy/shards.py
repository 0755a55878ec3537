"""A mean over shards: the examples lie in R places, m_r of them in place r, and the gradient is that of all m.

An example is in one shard, so that J = 1/m sum_r S_r, where S_r is the sum of the losses in shard r; the derivative of
a sum is the sum of the derivatives. With the shard's own mean J_r = S_r / m_r, this is dV = sum_r m_r/m dV_r: a shard
counts by its examples. The mean of the shards' means, 1/R sum_r dV_r, is dV only where all shards are equal. An empty
shard has no mean, S_r = 0, and the weight 0. The penalty belongs to no example, and enters once, whatever R is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from numbers import Integral
from typing import Any

import numpy as np

from shapes.network import Head, labels_violation

from .deep import deep_cost, deep_gradients, l2_gradients, l2_penalty
from .registry import Array, Layers, formula, gradient


def shards_violation(head: Head, Y: Any, sizes: Sequence[int]) -> str | None:
    """Return what is wrong with labels that do not fit the loss, or with sizes that are not those of all examples."""
    if not all(isinstance(m_r, Integral) and m_r >= 0 for m_r in sizes) or sum(sizes) != Y.shape[1]:
        return f"sizes is {list(sizes)}, expected integers of at least 0 whose sum is m={Y.shape[1]}: each example once"
    return labels_violation(head, Y)


@formula(
    r"A^{[0]} = X, \quad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \quad A^{[l]} = g^{[l]}(Z^{[l]}), \quad l = 1 \dots "
    r"L, \quad S_r = \sum_{i \in r} L(a^{[L](i)}, y^{(i)}), \quad J = \frac{1}{m} \sum_r S_r + \frac{\lambda}{2m} "
    r"\sum_l \lVert W^{[l]} \rVert_F^2",
    "S21 S22",
    "built on Notes A, p. 27, for examples that lie in several places",
    "X (n_0, m), Y (n_L, m), parameters {W, b}, sizes, head: Head -> J (), cache",
    also=shards_violation,
)
def sharded_cost(X: Array, Y: Array, parameters: Layers, sizes: list[int], head: Head = Head()) -> tuple[Array, Layers]:
    """Cost over shards of these sizes, one after the other in the columns of X; the cache is that of all examples."""
    m = sum(sizes)
    J, caches = l2_penalty(parameters, head.l2, m), []
    for columns, m_r in _shards(sizes):
        J_r, cache = deep_cost(X[:, columns], Y[:, columns], parameters, head._replace(l2=0.0))
        J = J + m_r / m * J_r
        caches.append(cache)
    return J, {key: np.concatenate([cache[key] for cache in caches], axis=1) for key in caches[0]}


@gradient(
    sharded_cost,
    r"dZ^{[L]} = \begin{cases} A^{[L]} - Y & \text{for cross-entropy} \\ (A^{[L]} - Y) * g^{[L]\prime}(Z^{[L]}) & "
    r"\text{for squared error} \end{cases}, \quad dZ^{[l-1]} = W^{[l]T} dZ^{[l]} * g^{[l-1]\prime}(Z^{[l-1]}), \quad "
    r"dW^{[l]} = \tfrac{1}{m} \textstyle\sum_r \sum_{i \in r} dZ^{[l](i)} a^{[l-1](i)T} + \tfrac{\lambda}{m} "
    r"W^{[l]}, \quad db^{[l]} = \tfrac{1}{m} \textstyle\sum_r \sum_{i \in r} dZ^{[l](i)}",
    "S21 S22",
    "built on Notes A, p. 38-40, for examples that lie in several places",
    "Y, parameters, cache, sizes, head -> grads {dW, db}",
    also=shards_violation,
)
def sharded_gradients(Y: Array, parameters: Layers, cache: Layers, sizes: list[int], head: Head = Head()) -> Layers:
    """Gradient over shards: the mean of the gradients of each, weighted by their numbers of examples."""
    m = sum(sizes)
    grads = {f"d{key}": 0 * V for key, V in parameters.items()} | l2_gradients(parameters, head.l2, m)
    for columns, m_r in _shards(sizes):
        here = {key: V[:, columns] for key, V in cache.items()}
        part = deep_gradients(Y[:, columns], parameters, here, head._replace(l2=0.0))
        grads = {key: V + m_r / m * part[key] for key, V in grads.items()}
    return grads


def _shards(sizes: Sequence[int]) -> Iterator[tuple[slice, int]]:
    """Yield the columns of each shard that has any, and their number."""
    for first, end in pairwise(accumulate(sizes, initial=0)):
        if first < end:
            yield slice(first, end), end - first
