"""`backproof verify`: what it prints, and its exit status."""

import json
from pathlib import Path

import pytest

from parity_tests.mistakes import MISTAKES
from reference_numpy.registry import FORMULAS
from tests.command import BROKEN, backproof


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


def test_a_wrong_formula_is_named_and_the_exit_status_is_1() -> None:
    run = backproof("verify", "activations", code=BROKEN)
    assert run.returncode == 1
    assert "activations.tanh_prime is the odd one out: it disagrees with torch, complex, numpy" in run.stdout
    assert "9 of 10 formulas agree" in run.stdout
    as_json = json.loads(backproof("verify", "activations", "--json", code=BROKEN).stdout)
    assert as_json["verdict"] == "disagrees"
    assert [row["id"] for row in as_json["formulas"] if row["verdict"] != "agrees"] == ["activations.tanh_prime"]


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
