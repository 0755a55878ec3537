"""`backproof verify`: what it prints, and its exit status."""

import inspect
import json
import math
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.commands.verify import Report, _cells
from parity_tests.blame import Result
from parity_tests.compare import THRESHOLD_U, compare
from parity_tests.mistakes import MISTAKES
from parity_tests.planted import Mistake
from parity_tests.verify import proved_by, select
from reference_numpy.registry import FORMULAS
from reference_numpy.systems import TOPICS
from tests import ROOT
from tests.command import command


@pytest.mark.usefixtures("evaluated_once")
def test_verify_everything_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("BACKPROOF_CATS", raising=False)
    assert command("verify", "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    report = json.loads(out)
    assert list(report) == ["verdict", "formulas", "planted", "seconds"]
    assert report["verdict"] == "agrees"
    assert report["planted"]["total"] == report["planted"]["caught"] > 2 * len(MISTAKES)
    assert report["planted"]["none_in"] == []
    ids = {row["id"] for row in report["formulas"]}
    assert set(FORMULAS) <= ids
    assert ids - set(FORMULAS) == {"pictures.digits_logistic", "pictures.digits_shallow", "pictures.digits_deep"}
    for row in report["formulas"]:
        assert list(row)[:5] == ["id", "topic", "witnesses", "worst_error_u", "verdict"]
        assert row["verdict"] == "agrees"
        assert 0 <= row["worst_error_u"] < 1e5
        assert row["equation"] is None if row["topic"] == "pictures" else row["equation"]["verdict"] == "agrees"
    total, planted, readme = len(report["formulas"]), report["planted"]["total"], (ROOT / "README.md").read_text()
    assert f"\n{total} of {total} formulas agree within" in readme, "the README has other numbers"
    assert f"\n{planted} of {planted} planted mistakes caught" in readme
    assert f"\n{len(FORMULAS)} of {len(FORMULAS)} equations in LaTeX say" in readme


def test_verify_one_topic_as_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert command("verify", "blocks.linear_forward") == 0
    out, err = capsys.readouterr()
    assert err == ""
    *table, empty, agreed, equations, planted, seconds = out.splitlines()
    heading, topic, first, second = [line.split() for line in table]
    assert heading == ["formula", "witnesses", "worst", "error", "verdict", "LaTeX"]
    assert topic == ["blocks"]
    assert first[:3] == ["linear_forward", "torch,", "module"]
    assert first[4:6] == ["u", "agrees"]
    assert first[7:] == second[-1:] == ["u"]
    assert second[:5] == ["linear_backward", "torch,", "module,", "numpy,", "complex"]
    assert empty == ""
    assert agreed == "2 of 2 formulas agree within 1.2e+08 u (float64 on the CPU)"
    assert equations == "2 of 2 equations in LaTeX say what the NumPy computes"
    assert re.fullmatch(r"(\d\d+) of \1 planted mistakes caught on these very inputs", planted)
    assert re.fullmatch(r"\d+\.\d s", seconds)


def test_verify_in_float32(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("BACKPROOF_CATS", raising=False)
    assert command("verify", "deep", "pictures", "--dtype", "float32", "--seed", "3", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "agrees"
    assert report["planted"] == {"total": 0, "caught": 0, "survivors": [], "none_in": []}
    assert sum(row["topic"] == "pictures" for row in report["formulas"]) == 3


def test_a_wrong_formula_is_named_and_the_exit_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replaced(monkeypatch, "activations.tanh_prime", lambda Z: 1 - Z)
    assert command("verify", "activations") == 1
    out = capsys.readouterr().out
    assert "activations.tanh_prime is the odd one out: it disagrees with torch, module, complex and numpy" in out
    assert "10 of 11 formulas agree" in out
    report = report_of(capsys, "activations")
    assert report["verdict"] == "disagrees"
    assert [name for name, (verdict, _) in report["rows"].items() if verdict != "agrees"] == ["activations.tanh_prime"]


def test_a_slip_in_the_latex_is_named_and_the_exit_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    formula = FORMULAS["logistic.logistic_gradients"]
    monkeypatch.setitem(formula.__dict__, "latex", formula.latex.replace(r"\frac{1}{m} X", "X"))
    assert command("verify", "logistic_cost") == 1
    out = capsys.readouterr().out
    assert "logistic.logistic_gradients, its LaTeX: dw =  X dZ^T: dw is off by" in out
    assert "2 of 3 equations in LaTeX say what the NumPy computes" in out
    report = report_of(capsys, "logistic_cost")
    wrong = [row["id"] for row in report["formulas"] if row["equation"]["verdict"] != "agrees"]
    assert (report["verdict"], wrong) == ("disagrees", [formula.id])
    assert {verdict for verdict, _ in report["rows"].values()} == {"agrees"}


def test_how_errors_are_printed() -> None:
    shown = [
        list(_cells(Result("a.b", "a", ("torch", "module"), worst_error_u=u))) for u in (0.25, 9999.0, 1e4, 2.5e20)
    ]
    assert [row[:3] for row in shown] == [
        ["  b", "torch, module", text] for text in ("0.2 u", "9999.0 u", "1e+04 u", "2e+20 u")
    ]


def test_an_error_that_is_not_finite_is_null() -> None:
    rows = Report([Result("a.b", "a", ("torch",), worst_error_u=math.nan)]).to_json()["formulas"]
    assert rows[0]["worst_error_u"] is None


# The proof of the proof: whatever is wrong with it, the exit status is 1 and the report says what


def report_of(capsys: pytest.CaptureFixture[str], *topics: str) -> Any:
    assert command("verify", *topics, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    report["rows"] = {row["id"]: (row["verdict"], " ".join(row["reasons"])) for row in report["formulas"]}
    return report


def replaced(monkeypatch: pytest.MonkeyPatch, formula_id: str, wrong: Callable[..., Any]) -> None:
    kept = FORMULAS[formula_id].function
    wrong.__name__, wrong.__module__ = kept.__name__, kept.__module__
    monkeypatch.setitem(FORMULAS[formula_id].__dict__, "function", wrong)


@pytest.mark.parametrize("formula_id", ["neuron.neuron_cost", "neuron.neuron_gradients"])
def test_a_formula_that_cannot_run_stays_in_the_report(
    formula_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("on purpose")

    replaced(monkeypatch, formula_id, broken)
    report = report_of(capsys, "neuron")
    assert report["verdict"] == "disagrees"
    assert set(report["rows"]) == {f.id for f in FORMULAS.values() if "neuron" in (f.topic, f.name)}
    verdict, reasons = report["rows"][formula_id]
    assert verdict == "disagrees"
    assert "ZeroDivisionError: on purpose" in reasons
    others = {name: verdict for name, (verdict, _) in report["rows"].items() if name != formula_id}
    assert others["neuron.neuron"] == "agrees"
    assert others.get("neuron.neuron_gradients", "inconclusive") == "inconclusive"


def test_a_planted_mistake_that_gets_through_is_a_disagreement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    harmless = Mistake(
        FORMULAS["neuron.neuron_gradients"],
        "no mistake at all",
        "/ N",
        "/ N",
    )
    monkeypatch.setattr(Mistake, "slip", lambda mistake, source: source)
    monkeypatch.setattr("parity_tests.verify.MISTAKES", (harmless,))
    report = report_of(capsys, "neuron")
    assert {verdict for verdict, _ in report["rows"].values()} == {"agrees"}
    assert report["verdict"] == "disagrees"
    bare = ["neuron.neuron", "neuron.neuron_cost", "neuron.propagate_forward", "neuron.propagate_backward"]
    assert report["planted"] == {"total": 1, "caught": 0, "survivors": [harmless.name], "none_in": bare}
    assert command("verify", "neuron") == 1
    out = capsys.readouterr().out
    assert f"not caught: {harmless.name}" in out
    assert "no mistake could be planted in neuron.neuron;" in out


def test_what_cannot_be_told_is_no_proof(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(THRESHOLD_U, "float64", 1e-3)  # rounding noise is above it wherever there is any
    monkeypatch.setattr("parity_tests.compare.distance_u", lambda *a: 0.0)
    monkeypatch.setattr("parity_tests.judge.compare", lambda *a: compare(a[0], a[1], a[2], a[3], 1.0))
    monkeypatch.setattr("parity_tests.verify.MISTAKES", ())
    report = report_of(capsys, "neuron")
    assert report["verdict"] == "inconclusive"
    assert {verdict for verdict, _ in report["rows"].values()} == {"inconclusive"}


IMPURE: dict[str, tuple[str, Callable[..., Any], str]] = {
    "an argument is changed": (
        "neuron.neuron_gradients",
        lambda right, X, Y, cache: (right(X, Y, cache), cache["Z"].fill(0))[0],
        "Z was changed by the function",
    ),
    "a result is an argument": (
        "blocks.linear_example_backward",
        lambda right, dz, cache: (*right(dz, cache)[:2], dz),
        "db shares its memory with dz: changing one would change the other",
    ),
    "a result is another": (
        "shallow.shallow_example_gradients",
        lambda right, *arguments: (grads := right(*arguments)) | {"db1": grads["dz1"]},
        "dz1 shares its memory with db1: changing one would change the other",
    ),
    "a forward changes an argument": (
        "neuron.neuron",
        lambda right, W, X, b: (right(W, X, b), X.fill(0))[0],
        "X was changed by the function",
    ),
    "another precision": (
        "neuron.neuron_gradients",
        lambda right, *arguments: (grads := right(*arguments)) | {"db": grads["db"].astype(np.longdouble)},
        "db has dtype",
    ),
}


@pytest.mark.parametrize(("formula_id", "function", "said"), IMPURE.values(), ids=IMPURE)
def test_right_values_with_side_effects_are_refused(
    formula_id: str,
    function: Callable[..., Any],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    right = FORMULAS[formula_id].function
    names = list(inspect.signature(right).parameters)
    defaults = {n: p.default for n, p in inspect.signature(right).parameters.items() if p.default is not p.empty}

    def impure(**given: Any) -> Any:
        return function(right, *((defaults | given)[name] for name in names))

    replaced(monkeypatch, formula_id, impure)
    forward = FORMULAS[formula_id].of or FORMULAS[formula_id]
    verdict, reasons = report_of(capsys, forward.id)["rows"][formula_id]
    assert verdict == "disagrees"
    assert said in reasons


@pytest.mark.parametrize("name", ["train_catvnoncat.h5", None])
def test_cats_that_cannot_be_read_are_the_users_mistake(
    name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if name:
        (tmp_path / name).write_bytes(b"no pictures")
    monkeypatch.setenv("BACKPROOF_CATS", str(tmp_path))
    assert command("verify", "pictures") == 2
    assert capsys.readouterr().err.startswith(f"backproof: BACKPROOF_CATS: {tmp_path}")


@pytest.mark.cats
def test_cats_are_verified_where_they_are(
    cats_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKPROOF_CATS", str(cats_folder))
    assert command("verify", "pictures", "--json") == 0
    rows = {row["id"]: row["verdict"] for row in json.loads(capsys.readouterr().out)["formulas"]}
    assert len(rows) == 6
    assert {rows[f"pictures.cats_{kind}"] for kind in ("logistic", "shallow", "deep")} == {"agrees"}


def test_the_table_follows_the_notes() -> None:
    topics = [formula.topic for case in select([]) for formula in proved_by(case)]
    assert [topic for topic, _ in groupby(topics)] == list(TOPICS)
