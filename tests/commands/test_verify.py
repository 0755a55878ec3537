"""The command as a person meets it: output, JSON, exit status, and what happens when something is wrong."""

import json
import os
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof.commands import show as show_module
from backproof.training.devices import prepare_device
from backproof.errors import UserError
from reference_numpy._formula import FORMULAS

from parity_tests.cases import CASES
from parity_tests.cases import Case
from parity_tests.mistakes import MISTAKES
from parity_tests.truth import gradients_for
from parity_tests.truth import loop_forms
from parity_tests.verify import hear
from parity_tests.verify import judge_case

ROOT = Path(__file__).parent.parent


def backproof(*words: str, code: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, after some code."""
    script = f"{code}\nimport sys\nfrom backproof.__main__ import main\nsys.argv[0] = 'backproof'\nmain()"
    clean = {k: v for k, v in os.environ.items() if k != "BACKPROOF_CATS"}
    environment = clean | {"COLUMNS": "100", "TERM": "dumb"} | env
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def test_verify_everything_as_json() -> None:
    run = backproof("verify", "--json")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    report = json.loads(run.stdout)
    assert list(report) == ["verdict", "formulas", "planted", "seconds"]
    assert report["verdict"] == "agrees"
    assert report["planted"]["total"] == report["planted"]["caught"] == len(MISTAKES)
    ids = {row["id"] for row in report["formulas"]}
    assert set(FORMULAS) <= ids
    assert ids - set(FORMULAS) == {"pictures.digits_logistic", "pictures.digits_shallow", "pictures.digits_deep"}
    for row in report["formulas"]:
        assert list(row)[:5] == ["id", "topic", "witnesses", "worst_error_u", "verdict"]
        assert row["verdict"] == "agrees"
        assert 0 <= row["worst_error_u"] < 1e5


def test_verify_one_topic_as_a_table() -> None:
    run = backproof("verify", "blocks.linear_forward")
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert lines[0].split() == ["formula", "witnesses", "worst", "error", "verdict"]
    assert any(line.split()[0] == "linear_backward" and line.rstrip().endswith("agrees") for line in lines[1:])
    assert "2 of 2 formulas agree within 1.2e+08 u (float64 on the CPU)" in run.stdout
    assert "15 of 15 planted mistakes caught on these very inputs" in run.stdout


def test_verify_in_float32() -> None:
    run = backproof("verify", "deep", "pictures", "--dtype", "float32", "--seed", "3", "--json")
    assert run.returncode == 0, run.stdout
    assert json.loads(run.stdout)["verdict"] == "agrees"


BROKEN = """
from reference_numpy._formula import FORMULAS
formula = FORMULAS["activations.tanh_prime"]
right = formula.function
def tanh_prime(Z):
    return 1 - Z
tanh_prime.__module__ = right.__module__
object.__setattr__(formula, "function", tanh_prime)
"""


def test_a_wrong_formula_is_named_and_the_exit_status_is_1() -> None:
    run = backproof("verify", "activations", code=BROKEN)
    assert run.returncode == 1
    assert "activations.tanh_prime is the odd one out: it disagrees with torch, complex, numpy" in run.stdout
    assert "9 of 10 formulas agree" in run.stdout
    as_json = json.loads(backproof("verify", "activations", "--json", code=BROKEN).stdout)
    assert as_json["verdict"] == "disagrees"
    assert [row["id"] for row in as_json["formulas"] if row["verdict"] != "agrees"] == ["activations.tanh_prime"]


@cache
def heard(case_id: str) -> Any:
    return hear(next(c for c in CASES if c.formula.id == case_id))[0]


def slightly_off(value: Any) -> Any:
    """The same value with its first numbers a thousandth off."""
    if isinstance(value, tuple):
        return (slightly_off(value[0]), *value[1:])
    if isinstance(value, list):
        return [slightly_off(value[0]), *value[1:]]
    if isinstance(value, dict):
        first = next(iter(value))
        return value | {first: slightly_off(value[first])}
    if np.issubdtype(np.asarray(value).dtype, np.integer):
        return value + np.ones_like(value)
    return value * 1.001 + 1e-3


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_any_single_wrong_formula_is_named(formula_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formula = FORMULAS[formula_id]
    case = next(c for c in CASES if formula in (c.formula, *gradients_for(c.formula), *loop_forms(c.formula)))
    samples = heard(case.formula.id)
    right = formula.function

    def wrong(*args: Any, **kwargs: Any) -> Any:
        return slightly_off(right(*args, **kwargs))

    wrong.__name__, wrong.__module__ = right.__name__, right.__module__
    assert {r.verdict for r in judge_case(case, samples)} == {"agrees"}
    monkeypatch.setitem(formula.__dict__, "function", wrong)
    assert [r.id for r in judge_case(case, samples) if r.verdict == "disagrees"] == [formula_id]


WRONG_USE = [
    (("verify", "nonsense"), "verify: there is no formula, topic or system 'nonsense'"),
    (("show", "deap"), "there is no formula, module or system 'deap'; did you mean deep"),
    (("verify", "--dtype", "float16"), "float16"),
    (("verify", "--seed", "x"), "--seed"),
    (("frobnicate",), "frobnicate"),
]


@pytest.mark.parametrize(("words", "message"), WRONG_USE, ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_wrong_use_is_one_message_and_exit_status_2(words: tuple[str, ...], message: str) -> None:
    run = backproof(*words)
    assert run.returncode == 2
    assert message in run.stderr
    assert run.stdout == ""
    assert "Traceback" not in run.stderr


def test_cuda_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UserError, match="torch finds no CUDA device on this machine; use --device cpu"):
        prepare_device("cuda")


@pytest.mark.parametrize("name", ["train_catvnoncat.h5", None])
def test_cats_that_cannot_be_read_are_the_users_mistake(name: str | None, tmp_path: Path) -> None:
    if name:
        (tmp_path / name).write_bytes(b"no pictures")
    run = backproof("verify", "pictures", BACKPROOF_CATS=str(tmp_path))
    assert run.returncode == 2
    assert run.stderr.startswith(f"backproof: BACKPROOF_CATS: {tmp_path}")
    assert "Traceback" not in run.stderr


@pytest.mark.cats
def test_cats_are_verified_where_they_are(cats_folder: Path) -> None:
    run = backproof("verify", "pictures", "--json", BACKPROOF_CATS=str(cats_folder))
    rows = {row["id"]: row["verdict"] for row in json.loads(run.stdout)["formulas"]}
    assert len(rows) == 6
    assert {rows[f"pictures.cats_{kind}"] for kind in ("logistic", "shallow", "deep")} == {"agrees"}


def test_show_has_everything() -> None:
    run = backproof("show", "linear_backward")
    assert run.returncode == 0
    for part in (
        r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}",
        "dZ (n, m), cache -> dA_prev (n_prev, m)",
        "S17, S18; Notes B, outline",
        "blocks.linear_forward",
        'dW = dZ @ cache["A_prev"].T / m',
        "return linear(A_prev, W, b)",
        "agrees with torch, numpy, complex",
    ):
        assert part in run.stdout


@pytest.mark.parametrize("case", [pytest.param(c, id=c.formula.id) for c in CASES])
def test_every_formula_can_be_shown(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show(case.formula.id, seed=0) == 0
    assert "agrees with torch" in capsys.readouterr().out


@pytest.mark.parametrize("system", [f"S{i}" for i in range(1, 26)])
def test_every_system_can_be_found(system: str) -> None:
    assert show_module.find(system)


def test_show_lists_all_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_module.show("", seed=0) == 0
    listed = capsys.readouterr().out
    assert all(formula_id in listed for formula_id in FORMULAS)


def test_help_is_quick() -> None:
    seconds = []
    for _ in range(3):  # processor time: the wall of a busy machine says nothing
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([sys.executable, "-m", "backproof", "--help"], capture_output=True, text=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert run.returncode == 0
        assert all(command in run.stdout for command in ("verify", "show", "check", "train", "predict"))
    assert min(seconds) < 0.5
