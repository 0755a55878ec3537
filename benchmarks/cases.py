"""The networks that are timed, on drawn examples, and the engines that train them."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from backproof.training.engine import Arrays
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.options import Config

from .measure import Contestant

ALPHA = 1e-3


class Case(NamedTuple):
    """A network of these layers, and how its step is taken."""

    layers: tuple[int, ...]
    m: int
    dtype: str = "float64"
    momentum: float = 0.0
    batch_size: int | None = None

    def __str__(self) -> str:
        return "-".join(map(str, self.layers))

    @property
    def examples(self) -> int:
        """How many examples a step sees."""
        return self.batch_size or self.m


CATS = Case((12288, 20, 7, 5, 1), 209), Case((12288, 7, 1), 209), Case((12288, 1), 209)
WIDE = Case((784, 512, 512, 1), 1024)
TINY = Case((2, 4, 1), 400)
NETWORKS = (*CATS, WIDE, TINY)


class Drawn(NamedTuple):
    """Examples in columns, labels, and parameters to start from, all in the dtype of the case."""

    X: Any
    Y: Any
    parameters: Arrays


def drawn(case: Case) -> Drawn:
    """Draw pictures with values in [0, 1), labels and parameters; the same for every contestant."""
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.random((case.layers[0], case.m)).astype(case.dtype))
    Y = rng.integers(0, 2, (1, case.m)).astype(case.dtype)
    parameters = initial_parameters(config_of(case, "numpy"), case.layers[0])
    return Drawn(X, Y, {name: V.astype(case.dtype) for name, V in parameters.items()})


def config_of(case: Case, engine: str, **listed: Any) -> Config:
    """Return the options of a training of this case, whose first layer is direct unless listed otherwise."""
    options = {"device": "cpu", "first_layer": "direct", "init": "scaled", "learning_rate": ALPHA} | listed
    return Config().changed(
        engine=engine, layers=case.layers[1:-1], momentum=case.momentum, dtype=case.dtype, **options
    )


def engine(case: Case, name: str, data: Drawn, **listed: Any) -> Contestant:
    """Return the step of an engine, `numpy` or `torch`."""
    trained = make_engine(config_of(case, name, **listed), data.parameters, examples=data.X)
    placed = trained.place(data.X, data.Y)
    columns = None if case.batch_size is None else np.random.default_rng(1).permutation(case.m)[: case.batch_size]
    return Contestant(lambda: trained.step(placed, columns))


def numpy_floor(case: Case, data: Drawn) -> Contestant:
    """Return the matrix products that a step cannot do without, by NumPy: W A, dZ A.T, and W.T dZ above layer 1."""
    m = case.examples
    A = [data.X[:, :m], *(np.random.default_rng(2).random((n, m)).astype(case.dtype) for n in case.layers[1:])]
    W = [data.parameters[f"W{l}"] for l in range(1, len(case.layers))]
    into = [(np.empty_like(A[l + 1]), np.empty_like(W[l]), np.empty((len(A[l]), m), case.dtype)) for l in range(len(W))]

    def products() -> None:
        for l, (Z, dW, dA) in enumerate(into):
            np.matmul(W[l], A[l], out=Z)
            np.matmul(A[l + 1], A[l].T, out=dW)
            if l:
                np.matmul(W[l].T, A[l + 1], out=dA)

    return Contestant(products)


def torch_floor(case: Case, data: Drawn, device: str = "cpu") -> Contestant:
    """Return the same products by torch, examples in rows."""
    import torch

    rng = np.random.default_rng(2)
    rows = [data.X.T[: case.examples], *(rng.random((case.examples, n)).astype(case.dtype) for n in case.layers[1:])]
    A = [torch.from_numpy(V).to(device) for V in rows]
    W = [torch.from_numpy(data.parameters[f"W{l}"]).to(device) for l in range(1, len(case.layers))]

    def products() -> torch.Tensor:
        for l in range(len(W)):
            Z = torch.mm(A[l], W[l].T)
            torch.mm(A[l + 1].T, A[l])
            if l:
                torch.mm(A[l + 1], W[l])
        return Z

    return Contestant(products)


def multiplications(case: Case) -> int:
    """Return how many multiplications the floor does."""
    sizes = [n_prev * n for n_prev, n in pairwise(case.layers)]
    return case.examples * (3 * sum(sizes) - sizes[0])
