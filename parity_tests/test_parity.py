"""Every formula: values against the torch counterpart, gradients against all witnesses."""

import pytest

from .blame import Result
from .cases import CASES, Case
from .modules import MODULES
from .truth import gradients_for
from .verify import WITNESSES, verify_case

SEEDS = (0, 1, 2)
pytestmark = pytest.mark.usefixtures("evaluated_once")


def refuse_all_but_agreement(results: list[Result]) -> None:
    """Fail with a few lines for each formula that is not proved; a traceback would add nothing to them."""
    refused = [result.explain() for result in results if result.verdict != "agrees"]
    if refused:
        pytest.fail("\n".join(refused), pytrace=False)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_float64_decides(case: Case, seed: int, device: str) -> None:
    results = verify_case(case, seed, "float64", device)
    assert results
    refuse_all_but_agreement(results)
    derivatives = {g.id for g in gradients_for(case.formula)}
    for result in results:
        others = () if result.id in derivatives else ("numpy", "complex")
        missing = others if case.formula in MODULES else ("module", *others)
        assert result.witnesses == tuple(who for who in WITNESSES if who not in missing), result.id


@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_float32_is_stable(case: Case, device: str) -> None:
    refuse_all_but_agreement(verify_case(case, 0, "float32", device))
