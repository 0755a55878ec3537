"""Programs of small steps in torch."""

from backproof.checker.check import checked

from ..reports import wrong_lines
from .files import STEPS


def test_small_steps_pass() -> None:
    report = checked(STEPS, "steps.py")
    assert report.verdict == "right", str(report)
    assert {f.name for f in report.lines} == {"dlogits", "db", "dW"}


def test_a_slip_in_small_steps() -> None:
    for old, new in [("dW = x.T @ dlogits", "dW = x.T @ dlogits * 2"), ("dlogits.sum(0)", "dlogits.mean(0)")]:
        report = checked(STEPS.replace(old, new), "steps.py")
        (line, fix), *others = wrong_lines(report)
        assert new in line
        assert old in str(fix)
        assert not others
