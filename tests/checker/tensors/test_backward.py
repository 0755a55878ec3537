"""Hand-written backward passes: what is right passes, a slip is found on its line and repaired."""

import re

import pytest

from backproof.checker.check import checked
from backproof.checker.report import Report
from tests import ROOT

from ..reports import wrong_lines
from .files import FROZEN, NEW_STYLE, PAIR, SCALED, THROUGH


def spoilt(source: str, old: str, new: str) -> Report:
    """The report on a file in which a piece of one line is another."""
    assert source.count(old) == 1
    return checked(source.replace(old, new), "kernels.py")


@pytest.mark.parametrize("source", [SCALED, PAIR, FROZEN, NEW_STYLE], ids=["function", "pair", "frozen", "new style"])
def test_what_is_right_passes(source: str) -> None:
    report = checked(source, "kernels.py")
    assert report.verdict == "right", str(report)
    assert report.lines
    assert not report.assumed


SLIPS = [
    (SCALED, "dw = (dy * unit).sum(0)", "dw = (dy * unit).mean(0)"),
    (SCALED, "(dunit * unit).sum(1, keepdim=True)", "(dunit * unit).sum(1, keepdim=True) / 2"),
    (SCALED, "return dx, dw, None", "return dx, dw * dw, None"),
    (PAIR, "(1 - y * y)", "(1 - y)"),
    (PAIR, "dz @ b.t()", "dz @ b.t() / b.shape[0]"),
    (NEW_STYLE, "dproduct * first * ctx.scale", "dproduct * first"),
    (NEW_STYLE, "[dfirst, dsecond]", "[dsecond, dfirst]"),
]


@pytest.mark.parametrize(("source", "old", "new"), SLIPS, ids=[new for _, _, new in SLIPS])
def test_a_slip_is_found_and_repaired(source: str, old: str, new: str) -> None:
    report = spoilt(source, old, new)
    (line, fix), *others = wrong_lines(report)
    assert new in line
    assert not others
    right = next(row.strip() for row in source.splitlines() if old in row)
    assert fix is not None
    fixed = checked(source.replace(right, fix), "kernels.py")
    assert fixed.verdict == "right", str(fixed)


def test_a_gradient_that_is_lost_where_another_argument_is_frozen() -> None:
    report = spoilt(FROZEN, "if ctx.needs_input_grad[2]:", "if ctx.needs_input_grad[1] and True:")
    assert wrong_lines(report) == [("if ctx.needs_input_grad[1] and True:", "if ctx.needs_input_grad[2] and True:")]


def test_a_backward_that_raises_and_one_that_returns_too_little() -> None:
    report = spoilt(SCALED, "unit, length, w = ctx.saved_tensors", "unit, length = ctx.saved_tensors")
    assert [(line, fix) for line, fix in wrong_lines(report)] == [("unit, length = ctx.saved_tensors", None)]
    assert "ValueError" in str(report)
    report = spoilt(SCALED, "return dx, dw, None", "return dx, dw")
    assert "2 gradients are returned, expected 3" in str(report)


def test_on_purpose() -> None:
    report = checked(THROUGH, "kernels.py")
    assert report.verdict == "wrong"
    assert "straight-through" in str(report)
    marked = spoilt(THROUGH, "return g * 1.0", "return g * 1.0  # backproof: on purpose")
    assert marked.verdict == "right"
    assert "on purpose not the derivative" in marked.story


def test_rounding_inside_is_told_and_is_no_slip() -> None:
    assert "float32, bfloat16, float16: rounding as in the plain formula" in checked(SCALED, "kernels.py").story
    low = spoilt(SCALED, "dunit = dy * w", "dunit = (dy.bfloat16() * w.bfloat16()).to(dy.dtype)")
    assert low.verdict == "right"
    assert "in float32: the gradient of x is off by" in low.story


def test_what_the_readme_shows() -> None:
    page = (ROOT / "README.md").read_text()
    source = re.search(r"```python\n(import torch\n.*?)```", page, re.DOTALL)
    shown = re.search(r"kernels.py:RMSNorm\n\.\.\.\n(.*?)```", page, re.DOTALL)
    assert source is not None
    assert shown is not None
    said = [line.rstrip() for line in str(checked(source[1], "kernels.py")).splitlines()]
    assert said[-len(shown[1].splitlines()) :] == shown[1].splitlines()


def test_none_by_design_is_said() -> None:
    report = spoilt(SCALED, "return dx, dw, None", "return dx, None, None")
    assert report.verdict == "right"
    assert "no gradient for w" in report.story


MASKED = """
# shapes: s (B, T, T), keep (T, T) bool
import torch


class MaskedSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, s, keep):
        with torch.no_grad():
            p = s.detach().masked_fill(~keep, -1e9).softmax(-1)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        total = torch.zeros_like(p[..., :1])
        for t in range(p.shape[-1]):
            total += (g * p)[..., t : t + 1]
        return p * (g - total), None
"""


def test_what_is_hidden_from_autograd_is_seen() -> None:
    assert checked(MASKED, "kernels.py").verdict == "right"
    report = spoilt(MASKED, "total += (g * p)[..., t : t + 1]", "total = (g * p)[..., t : t + 1]")
    assert wrong_lines(report) == [
        ("total = (g * p)[..., t : t + 1]", "total += (g * p)[..., t : t + 1]"),
    ]


def test_three_seeds_agree() -> None:
    source = SCALED.replace("dw = (dy * unit).sum(0)", "dw = (dy + unit).sum(0)")
    found = {tuple(wrong_lines(checked(source, "kernels.py", seed))) for seed in range(3)}
    assert found == {(("dw = (dy + unit).sum(0)", "dw = (dy * unit).sum(0)"),)}


def test_what_is_known_without_a_fix() -> None:
    report = spoilt(
        SCALED, "dx = (dunit - unit * (dunit * unit).sum(1, keepdim=True)) / length", "dx = w.exp() + dunit"
    )
    assert [line for line, _ in wrong_lines(report)] == ["dx = w.exp() + dunit"]
    assert "the gradient of x is no constant times the right one" in str(report)


def test_a_line_that_is_not_like_its_twin() -> None:
    source = """
# shapes: x (N, K), w (N, K)
import torch


class Both(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return torch.atan(x) * w + torch.atan(w) * x

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        gx = g * (w / (1 + x * x) + torch.atan(w))
        gw = g * (x / (1 + w * w) + torch.atan(x))
        return gx, gw
"""
    assert checked(source, "kernels.py").verdict == "right"
    report = spoilt(source, "g * (w / (1 + x * x) + torch.atan(w))", "g * torch.cos(w)")
    assert wrong_lines(report) == [("gx = g * torch.cos(w)", "gx = g * (w / (1 + x * x) + torch.atan(w))")]


VARIADIC = """
# shapes: *xs (N, D)
import torch


class Side(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *xs):
        ctx.widths = [x.shape[-1] for x in xs]
        return torch.cat(xs, -1).exp()

    @staticmethod
    def backward(ctx, g):
        return tuple(g.split(ctx.widths, -1))
"""


def test_any_number_of_arguments_and_a_reversed_gradient() -> None:
    report = checked(VARIADIC, "kernels.py")
    assert report.verdict == "wrong"
    assert spoilt(VARIADIC, "torch.cat(xs, -1).exp()", "torch.cat(xs, -1)").verdict == "right"
    back = VARIADIC.replace("*xs (N, D)", "x any, lam float").replace("*xs", "x, lam")
    back = back.replace("ctx.widths = [x.shape[-1] for x in xs]", "ctx.lam = lam").replace(
        "torch.cat(xs, -1).exp()", "x * 1"
    )
    back = back.replace("tuple(g.split(ctx.widths, -1))", "-ctx.lam * g, None")
    assert "a reversed gradient: it is -lam times the derivative" in str(checked(back, "kernels.py"))
