"""The step by torch: what it asks of torch, counted, and its update against that of torch's optimiser."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from backproof.training.engines import initial_parameters, make_engine
from backproof.training.torch_engine import TorchEngine
from tests.configs import options
from torch_impl.descent import make_optimizer, update
from torch_impl.models import Network

M = 7


class Asked(TorchDispatchMode):
    """Counts what torch is asked to compute; views cost nothing and are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.done: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func).split(".")[1]
        if name not in ("t", "detach", "view"):
            self.done[name] += 1
        return func(*args, **(kwargs or {}))


def step_of(*layers: int, **listed: Any) -> tuple[TorchEngine, Any]:
    """An engine that has taken a step, and examples that fit."""
    config = options(engine="torch", device="cpu", layers=layers[1:-1], activation="tanh", **listed)
    engine = make_engine(config, initial_parameters(config, layers[0]))
    rng = np.random.default_rng(0)
    data = engine.place(rng.standard_normal((layers[0], M)), rng.integers(0, 2, (1, M)).astype(float))
    engine.step(data)
    assert isinstance(engine, TorchEngine)
    return engine, data


@pytest.mark.parametrize("layers", [(6, 5, 4, 1), (6, 3, 1), (9, 1)])
def test_a_step_multiplies_matrices_no_more_than_it_must(layers: tuple[int, ...]) -> None:
    engine, data = step_of(*layers)
    with FlopCounterMode(display=False) as counter:
        engine.step(data)
    sizes = [n_prev * n for n_prev, n in pairwise(layers)]
    assert counter.get_total_flops() == 2 * M * (3 * sum(sizes) - sizes[0])


@pytest.mark.parametrize(
    ("momentum", "updates"), [(0.0, {"_foreach_add_": 1}), (0.9, {"_foreach_add_": 2, "_foreach_mul_": 1})]
)
def test_nothing_is_computed_twice(momentum: float, updates: dict[str, int]) -> None:
    engine, data = step_of(3, 4, 1, momentum=momentum)
    with Asked() as asked:
        engine.step(data)
    once = dict.fromkeys(("tanh", "tanh_backward", "binary_cross_entropy_with_logits", "sigmoid"), 1)
    expected = once | {"addmm": 2, "mm": 3, "sum": 2} | updates
    assert {name: asked.done[name] for name in expected} == expected
    assert asked.done.total() <= sum(expected.values()) + 6  # the cost and its derivative by the logits


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_an_update_is_that_of_the_optimiser(beta: float) -> None:
    torch.manual_seed(0)
    networks = [Network([3, 4, 1]), Network([3, 4, 1])]
    networks[1].load_state_dict(networks[0].state_dict())
    optimizers = [make_optimizer(network, 0.3, beta) for network in networks]
    for step in range(3):
        for network in networks:
            for p in network.parameters():
                p.grad = torch.full_like(p, 0.1 * (step + 1))
        optimizers[0].step()
        update(optimizers[1])
        for p, same in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
            assert torch.equal(p, same)
    assert all(("momentum_buffer" in state) == bool(beta) for state in optimizers[1].state.values())
