"""A formula of one's own, added as CONTRIBUTING.md says, is proved as those that ship are."""

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from parity_tests.cases import Case, case
from parity_tests.verify import evaluate, judge_case, planted, proved_by, rejects
from reference_numpy.registry import FORMULAS
from shapes.arguments import DECLARED

BY_HAND = '''
import numpy as np
from reference_numpy.registry import formula, gradient

@formula(r"L = -\\sum_k y_k \\log \\mathrm{softmax}(z)_k", "S9", "here", "Z (k, m), Y (k, m) one-hot -> L (1, m)")
def softmax_loss(Z, Y):
    """Return the loss of each example."""
    e = np.exp(Z)
    return -np.sum(Y * np.log(e / np.sum(e, axis=0, keepdims=True)), axis=0, keepdims=True)

@gradient(softmax_loss, r"dZ = \\mathrm{softmax}(Z) - Y", "S9", "here", "Z, Y -> dZ")
def softmax_loss_prime(Z, Y):
    """Return the derivative by the logits."""
    e = np.exp(Z)
    return e / np.sum(e, axis=0, keepdims=True) - Y
'''
BY_TORCH = '''
import torch
from torch_impl.checked import checked

@checked
def softmax_loss(Z, Y):
    """Return the loss of each example."""
    return torch.nn.functional.cross_entropy(Z.T, Y.T, reduction="none")[None, :]
'''


def module(path: Path, name: str, source: str) -> ModuleType:
    path.write_text(source)
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def softmax(tmp_path: Path) -> Iterator[Case]:
    by_hand = module(tmp_path / "by_hand.py", "reference_numpy.softmax", BY_HAND)
    module(tmp_path / "by_torch.py", "torch_impl.softmax", BY_TORCH)
    yield case(by_hand.softmax_loss)
    for name in [name for name in FORMULAS if name.startswith("softmax.")]:
        del FORMULAS[name], DECLARED[name]
    del sys.modules["reference_numpy.softmax"], sys.modules["torch_impl.softmax"]


def test_it_agrees_on_labels_that_are_one_hot(softmax: Case) -> None:
    evaluated, refused = evaluate(softmax)
    assert refused == []
    assert [(r.id, r.verdict) for r in judge_case(softmax, evaluated)] == [
        ("softmax.softmax_loss", "agrees"),
        ("softmax.softmax_loss_prime", "agrees"),
    ]
    for truth in evaluated:
        Y = truth.sample.arguments["Y"]
        assert set(Y.ravel()) <= {0.0, 1.0}
        assert (Y.sum(axis=0) == 1).all()
    assert len({truth.sample.arguments["Y"].tobytes() for truth in evaluated}) > 3


def test_mistakes_are_planted_in_it_and_caught(softmax: Case) -> None:
    evaluated, _ = evaluate(softmax)
    for formula in proved_by(softmax):
        mistakes = planted(formula, evaluated)
        assert len(mistakes) >= 3
        assert all(rejects(mistake, evaluated) for mistake in mistakes)
