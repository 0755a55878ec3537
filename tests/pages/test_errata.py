"""The notes' slips: each is found and repaired, or its value is shown to be wrong; so says the page about them."""

import re

import pytest

from backproof.checker.check import checked
from backproof.pages.slips import EXAMPLES, Slip, slips
from backproof.pages.value_slips import VALUES, ValueSlip, values_of
from reference_numpy.places import places
from tests.checker.reports import wrong_lines

ERRATA = {
    "e01_exponent": "np.exp(Z)",
    "e02_cost_sign": "J = 1 / m",
    "e03_cost_half": "-1 / 2",
    "e04_graph_product": "v = a * u",
    "e06_graph_db": "db = u / c",
    "e07_graph_da": "da = dv * b",
    "e09_cube": "da = a**3",
    "e10_loop": "a = sigmoid(z) * (1 - sigmoid(z))",
    "e11_g_prime": "dZ1 = W2.T @ dZ2 * A1",
    "e12_other_layer": "(a2 * (1 - a2))",
    "e13_neighbour_W": "dz2 = W1.T",
    "e14_sum_for_product": "da1 + (1 - a1**2)",
    "e15_one_over_n": "1 / n_0",
    "e21_branches": "if y == 0",
    "e22_layer_index": "np.dot(dZ2, A1.T) / m",
    "e23_db_transposed": "dZ2.T, np.ones",
    "e24_shape": "np.ones(m, 1)",
    "e28_cost_over_n": "-1 / n_x",
    "e29_db_over_n": "db1 = 1 / n_1",
    "e30_db_of_the_layer_after": "db1 = np.dot(dZ2",
    "e31_dW_in_a_row": "np.dot(dZ, X.T) / m",
    "e50_assigned_not_added": "dw1 = X[0, i] * dz",
}


def test_every_erratum_is_a_file() -> None:
    assert sorted(ERRATA) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", ERRATA)
def test_an_erratum_is_found_on_its_line_and_repaired(name: str) -> None:
    seed = 50  # the page is made with 0
    source = (EXAMPLES / f"{name}.py").read_text()
    report = checked(source, name, seed)
    ((line, fix),) = wrong_lines(report)
    assert ERRATA[name] in line
    assert fix is not None
    repaired = source.replace(line, fix.splitlines()[0])
    assert repaired != source
    assert checked(repaired, name, seed + 7).verdict == "right"


@pytest.mark.parametrize("slip", VALUES, ids=lambda slip: slip.title.partition(":")[0])
def test_a_slip_in_a_value_is_none_in_the_reference(slip: ValueSlip) -> None:
    as_written, right, truth = values_of(slip)
    assert right == truth
    assert as_written != truth


def test_the_errata_are_all_there() -> None:
    told = [path.stem.partition("_")[0] for path in EXAMPLES.glob("*.py")]
    told += [f"e{int(slip.title.partition(':')[0][1:]):02}" for slip in VALUES]
    assert sorted(told) == [f"e{i:02}" for i in range(1, 51)]


@pytest.mark.parametrize("slip", slips(), ids=lambda slip: slip.title.partition(":")[0])
def test_a_slip_is_cited_by_its_place_and_its_line(slip: Slip) -> None:
    assert places(slip.source)
    assert re.search(r"\blines? \d+", slip.source)
