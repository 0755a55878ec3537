"""Backward passes from Python, in pytest, with a reference, with shapes that the file does not say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import backproof
from tests.command import command

from .files import SCALED


class Tripled(torch.autograd.Function):
    """Three times a product."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """The product."""
        ctx.save_for_backward(x, w)
        return 3 * x * w

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        """Its derivatives; that by w is summed by torch."""
        x, w = ctx.saved_tensors
        return 3 * g * w, 3 * g * x


def ahead(x: torch.Tensor, w: torch.Tensor) -> Any:
    """A linear layer."""
    return x @ w, (x, w)


def behind(dy: torch.Tensor, kept: Any) -> Any:
    """Its derivatives, with a slip."""
    x, w = kept
    return dy @ w.t(), x.t() @ dy / 2


def test_a_class_and_two_functions() -> None:
    report = backproof.check(Tripled, shapes="x (B, T), w (T,)")
    assert report.verdict == "right", str(report)
    report = backproof.check(ahead, behind, inputs={"x": torch.ones(4, 3), "w": torch.ones(3, 5)})
    assert [(f.verdict, f.fix) for f in report.lines if f.verdict == "wrong"] == [
        ("wrong", "return dy @ w.t(), x.t() @ dy")
    ]
    with pytest.raises(ValueError, match="the second function is missing"):
        backproof.check(ahead, shapes="x (B, T)")


def test_the_fixture(assert_backward: Callable[..., None]) -> None:
    assert_backward(Tripled, shapes="x (B, T), w (T,)")
    with pytest.raises(pytest.fail.Exception, match="too many"):
        assert_backward(ahead, behind, shapes="x (B, T), w (T, O)")


KERNEL = """
import numpy as np
import torch

# shapes: x (N, K)
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(np.power(x.detach().numpy(), 3))

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * x * g


def plain(x):
    return x**3


def other(x):
    return x**3 + 1
"""


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Exit status and output of `backproof check`."""

    def run(*words: str) -> tuple[int, str]:
        status = command("check", *words)
        return status, "".join(capsys.readouterr())

    return run


def test_a_kernel_needs_a_reference(tmp_path: Path, check: Callable[..., tuple[int, str]]) -> None:
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL)
    status, out = check(str(path))
    assert status == 2
    assert "--reference" in out
    status, out = check(str(path), "--reference", f"{path}:plain")
    assert status == 1
    assert "return 3 * x * x * g" in out
    status, out = check(str(path), "--reference", f"{path}:other")
    assert status == 2
    assert "do not give the same" in out
    status, out = check(str(path), "--reference", f"{path}:none")
    assert (status, "there is no function none" in out) == (2, True)


def test_shapes_from_a_call_and_one_class_of_a_file(tmp_path: Path, check: Callable[..., tuple[int, str]]) -> None:
    path = tmp_path / "kernels.py"
    silent = SCALED.replace("# shapes: x (N, K), w (K,), eps float\n", "")
    path.write_text(
        f"{silent}\nif __name__ == '__main__':\n    ScaleNorm.apply(torch.randn(4, 6), torch.randn(6), 1e-3)\n"
    )
    status, out = check(f"{path}:ScaleNorm")
    assert (status, "ScaleNorm: x (" in out) == (0, True), out
    status, out = check(f"{path}:Other")
    assert (status, "there is no Other" in out) == (2, True)
    path.write_text(silent)
    status, out = check(str(path), "--shapes", "x (N, K), w (K,), eps float")
    assert status == 0, out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there(tmp_path: Path, check: Callable[..., tuple[int, str]]) -> None:
    path = tmp_path / "kernels.py"
    path.write_text(SCALED)
    status, out = check(str(path), "--device", "cuda")
    assert (status, "torch finds no GPU here" in out) == (2, True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_on_a_gpu(tmp_path: Path, check: Callable[..., tuple[int, str]]) -> None:
    path = tmp_path / "kernels.py"
    path.write_text(SCALED)
    assert check(str(path), "--device", "cuda")[0] == 0
    path.write_text(SCALED.replace("(dy * unit).sum(0)", "(dy * unit).mean(0)"))
    status, out = check(str(path), "--device", "cuda")
    assert (status, "dw = (dy * unit).sum(0)" in out) == (1, True)
