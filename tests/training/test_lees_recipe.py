"""Lee's recipe as he gives it: it runs, it learns nothing, and a start of another size changes that."""

from typing import Any

import numpy as np
import pytest

from backproof.data.hdf5 import digits
from reference_numpy.initialization import initialize_parameters
from reference_numpy.loops import lee_network
from reference_numpy.neuron import HIDDEN_UNITS
from shapes.arguments import unchecked
from tests import ROOT


def trained(scale: str, alpha: float) -> tuple[float, float]:
    """The cost after his 1000 epochs, and how far a weight has moved."""
    pictures = digits()
    start: dict[str, Any] = initialize_parameters([64, *HIDDEN_UNITS], np.random.RandomState(1), scale)
    with unchecked():
        end, costs = lee_network(pictures.X_train, pictures.Y_train, start, alpha, 1000)
    moved = max(float(np.abs(end[f"W{l}"] - start[f"W{l}"]).max()) for l in range(1, 6))
    return float(costs[-1]), moved


def entropy() -> float:
    share = float(digits().Y_train.mean())
    return float(-share * np.log(share) - (1 - share) * np.log(1 - share))


@pytest.mark.parametrize("scale", ["uniform", "small"])
def test_as_he_gives_it_the_network_learns_the_share_of_the_labels_and_nothing_else(scale: str) -> None:
    cost, moved = trained(scale, 0.01)
    assert 0 < cost - entropy() < 1e-5
    assert moved < 1e-5
    assert f"{cost:.9f}" in (ROOT / "docs" / "lee.md").read_text()
    assert f"{entropy():.9f}" in (ROOT / "docs" / "lee.md").read_text()


def test_a_start_that_suits_the_layers_learns() -> None:
    cost, moved = trained("he", 0.1)
    assert cost < 0.1 < moved
