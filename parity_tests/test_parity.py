"""Every formula: values against the torch twin, gradients against all witnesses."""

import pytest

from .cases import CASES, Case
from .verify import verify_case

SEEDS = (0, 1, 2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_float64_decides(case: Case, seed: int, device: str) -> None:
    results = verify_case(case, seed, "float64", device)
    assert results
    for result in results:
        assert result.verdict == "agrees", "\n".join(result.reasons)
        assert "torch" in result.witnesses


@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_float32_is_stable(case: Case, device: str) -> None:
    for result in verify_case(case, 0, "float32", device):
        assert result.verdict == "agrees", "\n".join(result.reasons)


def test_every_gradient_hears_three_witnesses() -> None:
    results = [r for c in CASES for r in verify_case(c) if r.id.endswith(("_prime", "_backward", "_gradients", "_dZ"))]
    assert len(results) >= 30
    for result in results:
        assert result.witnesses == ("torch", "numpy", "complex"), result.id
