"""With --prove every line of a pass is proved in its iteration: faults are caught, what is right never alarms."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backproof.commands.train import train
from backproof.errors import UserError
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.numpy_engine import NumpyEngine
from backproof.training.options import Config
from backproof.training.proof.prover import Fault, Prover, as_parts
from backproof.training.torch_engine import TorchEngine
from tests.configs import ENGINES, options, with_options

VARIANTS: dict[str, dict[str, Any]] = {
    "relu": {},
    "L2, momentum": {"l2": 0.7, "momentum": 0.9},
    "each its own": {"activation": ("tanh", "sigmoid")},
    "leaky, squared error": {"activation": ("leaky_relu",), "loss": "squared_error"},
    "one layer": {"layers": ()},
    "mini-batches": {"batch_size": 24, "l2": 0.1},
    "gram": {"first_layer": "gram"},
    "gram, L2, momentum": {"first_layer": "gram", "l2": 0.7, "momentum": 0.9},
    "float32": {"dtype": "float32"},
}
N_X, M = 90, 40


class Proved:
    """An engine with made-up examples, proved after each gradient."""

    def __init__(self, engine: str, variant: str, seed: int = 0, **changed: Any) -> None:
        base = {"layers": (30, 20), "first_layer": "direct", "learning_rate": 0.02, "device": "cpu", "prove": True}
        self.config = with_options(Config(), **base | {"engine": engine} | VARIANTS[variant] | changed)
        rng = np.random.default_rng(seed)
        X, Y = np.asfortranarray(rng.standard_normal((N_X, M))), rng.integers(0, 2, (1, M)).astype(float)
        self.engine = make_engine(self.config, initial_parameters(self.config, N_X), examples=X)
        self.data, self.iteration = self.engine.place(X, Y), 0
        self.prover = Prover(self.engine, self.config.place.dtype)

    def gradient(self) -> None:
        size = self.config.descent.batch_size
        self.columns = None if size is None else np.random.default_rng(self.iteration).permutation(M)[:size]
        self.engine.gradient(self.data, self.columns)

    def prove(self) -> Fault | None:
        self.prover.add(self.iteration, self.data, self.columns)
        return self.prover.read()

    def update(self) -> None:
        self.engine.update()
        self.iteration += 1

    def arrays(self) -> dict[str, Any]:
        """What the last pass left, by the names of the lines, to be spoilt in place."""
        engine: Any = self.engine
        found: dict[str, Any] = {}
        if isinstance(engine, NumpyEngine):
            step: Any = engine._step
            layers = step.layers(M if self.columns is None else len(self.columns))
            for l, layer in enumerate(layers, start=1):
                found |= {f"{name}{l}": getattr(layer, name) for name in ("dW", "db", "Z", "A", "dA", "dZ")}
            del found[f"dA{len(layers)}"]
            return found
        assert isinstance(engine, TorchEngine)
        proof: Any = engine._proof
        for l, layer in enumerate(proof._layers, start=1):
            A_prev, Z = proof._seen[layer]
            slopes = {f"dW{l}": layer.weight.grad, f"db{l}": layer.bias.grad, f"dZ{l}": Z.grad}
            found |= slopes | {f"Z{l}": Z.detach()}
            if l > 1:
                found |= {f"A{l - 1}": A_prev.detach(), f"dA{l - 1}": A_prev.grad}
        return {name: V.numpy() for name, V in found.items()}


def an_entry(V: Any, before: Any, rng: np.random.Generator) -> None:
    """One entry off by a millionth of what an entry is on average."""
    V[tuple(rng.integers(0, n) for n in V.shape)] += 1e-6 * np.linalg.norm(V) / np.sqrt(V.size)


def a_factor(V: Any, before: Any, rng: np.random.Generator) -> None:
    """The mean over m - 1 in place of m examples."""
    V *= M / (M - 1)


def stale(V: Any, before: Any, rng: np.random.Generator) -> None:
    """The values of the iteration before."""
    V[...] = before


FAULTS: dict[str, Callable[[Any, Any, np.random.Generator], None]] = {
    "an entry": an_entry,
    "a factor": a_factor,
    "stale": stale,
}
FAULTY = ["L2, momentum", "mini-batches", "gram, L2, momentum"]


@ENGINES
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_right_never_alarms(variant: str, engine: str) -> None:
    proved = Proved(engine, variant)
    for _ in range(102):  # vectors are drawn anew on the way
        proved.gradient()
        assert proved.prove() is None
        proved.update()
    assert proved.prover.largest is not None
    assert 1e-3 < proved.prover.largest < 0.9  # not so wide that nothing could be seen


@ENGINES
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("variant", FAULTY)
def test_a_fault_in_any_line_is_caught_in_its_iteration(variant: str, fault: str, engine: str) -> None:
    rng, proved = np.random.default_rng(0), Proved(engine, variant)
    proved.gradient()
    before = {name: np.array(V) for name, V in proved.arrays().items()}
    names = [name for name, V in before.items() if np.any(V)]
    assert len(names) == len(before)
    caught, tried = 0, 0
    for i in range(100 if fault == "an entry" else 2 * len(names)):
        proved.update()
        proved.gradient()
        name = names[i % len(names)]
        V = proved.arrays()[name]
        right = np.array(V)
        FAULTS[fault](V, before[name], rng)
        found = proved.prove()
        tried += 1
        caught += found is not None and found.iteration == proved.iteration
        V[...] = right
        assert proved.prove() is None, name
        before = {name: np.array(V) for name, V in proved.arrays().items()}
    assert caught == tried


@pytest.mark.minutes
@pytest.mark.slow
@ENGINES
def test_no_false_alarm_in_a_million_lines(engine: str) -> None:
    lines, seed = 0, 0
    while lines < 500_000:  # a million in both engines
        for variant in VARIANTS:
            proved, seed = Proved(engine, variant, seed), seed + 1
            for _ in range(500):
                proved.gradient()
                assert proved.prove() is None
                proved.update()
                lines += len(proved.prover._lines)


def test_what_nothing_can_be_told_of() -> None:
    inf, nan = np.inf, np.nan
    rows = [[1.0, 2.0, 0.5], [3.0, 2.0, 1.5], [nan, 2.0, inf], [1.0, inf, 0.0], [nan, nan, 0.0], [0.0, 0.0, 0.0]]
    rows += [[1e-170, 0.0, 1e-20], [1.0, 0.0, 1e150]]
    left = np.array(rows)
    np.testing.assert_allclose(as_parts(left[:, :2], 1e-150), left[:, 2])


@ENGINES
def test_a_run_with_a_fault_ends_and_goes_on_without_it(
    engine: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = options("flower", engine=engine, device="cpu", iterations=60, log_every=25)
    config = with_options(config, checkpoint_every=10, prove=True)
    assert train(config, "whole", None, as_json=True) == 0
    module: Any = NumpyEngine if engine == "numpy" else TorchEngine
    right, times = module.gradient, iter(range(1000))

    def spoilt(self: Any, *args: Any) -> Any:
        J = right(self, *args)
        if next(times) == 37:
            weights = self._step.grads["dW1"] if engine == "numpy" else self.network.linears[0].weight.grad
            weights[0, 0] *= 1 + 1e-6
        return J

    monkeypatch.setattr(module, "gradient", spoilt)
    capsys.readouterr()
    assert train(config, "run", None, as_json=False) == 1
    out, err = capsys.readouterr()
    assert "runs/run  disagrees" in out
    assert "iteration 37: dW1 is not what its line computes: it is off by" in err
    summary = json.loads(Path("runs/run/summary.json").read_text())
    assert summary["status"] == "disagrees"
    assert summary["reason"].startswith("iteration 37: dW1 is not what its line computes")
    assert summary["iterations"] == 37
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert train(config, None, "run", as_json=True) == 0
    metrics = [
        [json.loads(line) | {"seconds": 0} for line in Path(f"runs/{name}/metrics.jsonl").read_text().splitlines()]
        for name in ("run", "whole")
    ]
    assert metrics[0] == metrics[1]


@ENGINES
def test_the_proof_changes_no_bit(engine: str) -> None:
    ends = []
    for prove in (True, False):
        proved = Proved(engine, "mini-batches", prove=prove)
        for _ in range(20):
            proved.gradient()
            if prove:
                proved.prove()
            proved.update()
        ends.append({name: V.tobytes() for name, V in proved.engine.parameters().items()})
    assert ends[0] == ends[1]
    assert torch.is_grad_enabled()


def test_the_notes_other_forms_are_not_proved() -> None:
    with pytest.raises(UserError, match="--prove: expected --form deep, whose lines are known, not blocks"):
        options("flower", engine="numpy", form="blocks", prove=True)
