"""The argument check itself: what it makes of numbers, which sizes it binds, and where it is off."""

import threading
from typing import Any

import numpy as np
import pytest
import torch

from shapes.arguments import STATE, Declaration, Library, check, unchecked
from shapes.language import parse
from shapes.network import Head
from torch_impl.checked import TORCH

NUMPY = Library((np.ndarray, np.generic), "a NumPy array")


def checked(declared: str, library: Library = NUMPY, **arguments: Any) -> dict[str, Any]:
    check("f", Declaration(parse(declared)), arguments, library)
    return arguments


def test_a_number_stands_beside_arrays_rather_than_beside_numbers() -> None:
    given = checked("a (), b (), X (n,)", TORCH, a=torch.tensor(1.0).double(), b=2, X=torch.ones(3))
    assert (given["b"].dtype, given["b"].item()) == (torch.float32, 2.0)
    assert checked("a (), b ()", TORCH, a=torch.tensor(1.0), b=2)["b"].dtype == torch.float32
    assert checked("b ()", TORCH, b=2)["b"].dtype == torch.float64


def test_a_number_with_a_domain_stays_a_number() -> None:
    given = checked("X (n,), rate () in (0, 1), k () in {1..9}", TORCH, X=torch.ones(3), rate=0.5, k=2)
    assert (given["rate"], given["k"]) == (0.5, 2)
    assert isinstance(given["rate"], float)


def test_numpy_takes_numbers_as_they_are() -> None:
    assert checked("b (), X (n,)", b=2, X=np.ones(3))["b"] == 2


def test_a_number_just_inside_its_domain_is_accepted() -> None:
    assert checked("beta () in [0, 1)", TORCH, beta=1 - 1e-12)  # which float32 rounds to 1


def test_the_size_of_the_last_layer_comes_from_the_parameters() -> None:
    parameters = {"W1": np.ones((3, 4)), "b1": np.ones((3, 1))}
    assert checked("Y (n_L, m), parameters {W, b}", Y=np.ones((3, 5)), parameters=parameters)
    with pytest.raises(ValueError, match=r"f: parameters\['W1'\] has shape \(3, 4\), expected \(n_1=2, n_0\)"):
        checked("Y (n_L, m), parameters {W, b}", Y=np.ones((2, 5)), parameters=parameters)
    assert checked("Y (n_L, m), A (n_L, m)", Y=np.ones((2, 5)), A=np.ones((2, 5)))


@pytest.mark.parametrize("head", ["relu", ("relu", "sigmoid", "cross_entropy", 0.0), None])
def test_a_record_has_its_own_type(head: Any) -> None:
    with pytest.raises(TypeError, match=f"f: head is a {type(head).__name__}, expected a Head"):
        checked("head: Head", head=head)


def test_the_fields_of_a_record_are_checked() -> None:
    assert checked("head: Head", head=Head(l2=0.5))
    with pytest.raises(ValueError, match=r"f: l2 is -1, expected values in \[0, inf\)"):
        checked("head: Head", head=Head(l2=-1))


def test_unchecked_holds_in_its_thread_alone() -> None:
    seen: list[bool] = []
    with unchecked():
        thread = threading.Thread(target=lambda: seen.append(STATE.unchecked))
        thread.start()
        thread.join()
    assert seen == [False]


def test_unchecked_ends_with_its_block() -> None:
    def fails() -> None:
        with unchecked():
            with unchecked():
                pass
            assert STATE.unchecked
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not STATE.unchecked


@pytest.mark.parametrize("library", [NUMPY, TORCH], ids=["numpy", "torch"])
def test_the_place_of_a_bad_value_has_an_index_for_each_dimension(library: Library) -> None:
    pixels = np.zeros((2, 3, 4), dtype=np.int64)
    pixels[1, 0, 2] = 300
    given = torch.from_numpy(pixels) if library is TORCH else pixels
    with pytest.raises(ValueError, match=r"f: P\[1, 0, 2\] is 300, expected values in \{0..255\}"):
        checked("P (h, w, c) in {0..255}", library, P=given)


@pytest.mark.parametrize("library", [NUMPY, TORCH], ids=["NumPy", "torch"])
def test_one_hot_labels_have_one_class(library: Library) -> None:
    def given(rows: list[list[float]]) -> dict[str, Any]:
        return checked("Y (k, m) one-hot", library, Y=torch.tensor(rows) if library is TORCH else np.array(rows))

    assert given([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    with pytest.raises(ValueError, match=r"f: Y\[0, 2\] is 0\.5, expected 0 or 1, as it is one-hot"):
        given([[0.0, 1.0, 0.5], [1.0, 0.0, 0.5]])
    for rows, index, ones in (([[0.0, 1.0], [1.0, 1.0]], 1, 2), ([[0.0, 1.0], [0.0, 0.0]], 0, 0)):
        wrong = rf"f: the number of ones of an example in Y\[{index}\] is {ones}, expected 1, as it is one-hot"
        with pytest.raises(ValueError, match=wrong):
            given(rows)
