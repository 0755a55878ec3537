import numpy as np
import pytest
import torch

import backproof

SHAPES = "W (k, n), x (n, m) -> z (k, m)"


def forward(W, x):
    return np.tanh(W @ x)


def gradient(W, x, z, dz):
    inner = dz * (1 - z**2)
    return {"dW": inner @ x.T, "dx": W.T @ inner}


def counterpart(W, x):
    return torch.tanh(W @ x)


def test_a_right_formula_is_proved():
    proof = backproof.prove(forward, gradient, counterpart, shapes=SHAPES)
    assert proof.agrees
    assert {row.name for row in proof.rows} == {"z", "dW", "dx"}


def test_a_slip_is_named():
    def wrong(W, x, z, dz):
        return {"dW": dz * (1 - z) @ x.T}

    proof = backproof.prove(forward, wrong, counterpart, shapes=SHAPES)
    assert not proof.agrees
    assert {row.name for row in proof.rows if row.reason} == {"dW"}


def test_another_forward_is_named():
    proof = backproof.prove(lambda W, x: W @ x, gradient, counterpart, shapes=SHAPES)
    assert any(row.name == "z" and row.reason for row in proof.rows)


def test_an_unknown_name_is_refused():
    with pytest.raises(TypeError, match="asks for b"):
        backproof.prove(lambda W, b: W, gradient, counterpart, shapes=SHAPES)
