from typing import Any

import numpy as np
import pytest
import torch

import backproof

SHAPES = "W (k, n), x (n, m) -> z (k, m)"


def forward(W: Any, x: Any) -> Any:
    return np.tanh(W @ x)


def gradient(W: Any, x: Any, z: Any, dz: Any) -> dict[str, Any]:
    inner = dz * (1 - z**2)
    return {"dW": inner @ x.T, "dx": W.T @ inner}


def counterpart(W: Any, x: Any) -> Any:
    return torch.tanh(W @ x)


def test_a_right_formula_is_proved() -> None:
    proof = backproof.prove(forward, gradient, counterpart, shapes=SHAPES)
    assert proof.agrees
    assert {row.name for row in proof.rows} == {"z", "dW", "dx"}


def test_a_slip_is_named() -> None:
    def wrong(W: Any, x: Any, z: Any, dz: Any) -> dict[str, Any]:
        return {"dW": dz * (1 - z) @ x.T}

    proof = backproof.prove(forward, wrong, counterpart, shapes=SHAPES)
    assert not proof.agrees
    assert {row.name for row in proof.rows if row.reason} == {"dW"}


def test_another_forward_is_named() -> None:
    proof = backproof.prove(lambda W, x: W @ x, gradient, counterpart, shapes=SHAPES)
    assert any(row.name == "z" and row.reason for row in proof.rows)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(TypeError, match="asks for b"):
        backproof.prove(lambda W, b: W, gradient, counterpart, shapes=SHAPES)
