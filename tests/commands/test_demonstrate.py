"""`backproof show S16 --run`: the table, the picture in runs/ and on the board, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backproof.board import curves
from backproof.board.demonstration_log import FOLDER, keep
from backproof.demonstrations.seen import Curve, Picture, Seen, exactly
from backproof.demonstrations.table import DEMONSTRATIONS
from backproof.errors import UserError
from backproof.search.topics import demonstrations
from reference_numpy.registry import FORMULAS
from tests.board.reading import read
from tests.command import command

LINE = np.array([0.0, 1.0])


def test_symmetry_is_shown_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("show", "S16", "--run") == 0
    out = capsys.readouterr().out
    assert out.startswith("symmetry  S16; Notes A, p. 31-32")
    header, *rows = out.splitlines()[2:6]
    assert header.split() == ["what", "by", "hand", "torch", "expected", "seen"]
    assert all(row.split()[-1] == "yes" for row in rows)
    assert f"picture  {FOLDER / 'symmetry.png'}" in out
    assert "%5Edemonstrations%2F" in out
    with Image.open(folder / FOLDER / "symmetry.png") as picture:
        assert picture.size == (520, 307)
    assert command("show", "symmetry", "--run") == 0
    assert [event.step for event in read(folder / FOLDER).Images("demonstrations/symmetry")] == [0, 1]


def test_what_is_not_as_claimed_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(using: object) -> Seen:
        return Seen((exactly("one", 1, 1), exactly("[l]", 1, 2)), (Picture("t", "x", "y", (Curve("c", LINE, LINE),)),))

    changed = DEMONSTRATIONS["xor"]._replace(run=wrong)
    monkeypatch.setattr("backproof.commands.demonstrate.DEMONSTRATIONS", {"xor": changed})
    assert command("show", "xor", "--run") == 1
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[3:5]]
    assert rows == [["one", "1", "1", "1", "yes"], ["[l]", "1", "1", "2", "NO"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("S10", ["one_call"]),
        ("A p. 25", ["saturation", "collapse"]),
        ("Notes C", ["convexity", "one_call", "any_start"]),
        ("linearity", ["collapse"]),
        ("collapse", ["collapse"]),
        ("parity", ["xor"]),
        ("S3", []),
    ],
)
def test_a_demonstration_is_found(words: str, found: list[str]) -> None:
    assert demonstrations(words) == found


def test_a_name_is_of_one_thing() -> None:
    assert set(DEMONSTRATIONS) & {f.topic for f in FORMULAS.values()} == set()


def test_a_list_tells_what_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("show", "S15") == 0
    assert "Layers without an activation are one layer" in (out := capsys.readouterr().out)
    assert out.splitlines()[-1].endswith("backproof show collapse --run")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("S3", "show --run: there is no demonstration of 'S3', expected one of convexity (S8); one_call (S5 S10);"),
        ("deap", "did you mean deep"),
    ],
)
def test_there_is_none(words: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("show", words, "--run") == 2
    assert said in capsys.readouterr().err
    assert not list(folder.iterdir())


def test_a_folder_that_is_something_else(folder: Path) -> None:
    FOLDER.mkdir(parents=True)
    (FOLDER / "config.json").write_text(json.dumps({}))
    with pytest.raises(UserError, match="found a training run, expected pictures of demonstrations"):
        keep({})
    (FOLDER / "config.json").unlink()
    (FOLDER / "x.png").symlink_to("/dev/null")
    with pytest.raises(UserError, match="found a link"):
        keep({})


def test_curves_are_drawn_where_they_are() -> None:
    flat = Picture("title", "x", "y", (Curve("flat", LINE, LINE * 0), Curve("steep", LINE, LINE)))
    pixels = curves.picture_of([flat, flat], [flat, flat])
    height = len(pixels) // 2
    np.testing.assert_array_equal(pixels[:height], pixels[height:])
    top = height - curves.HEIGHT - curves.BELOW  # of the frame
    left, right = curves.LEFT + 40, curves.LEFT + curves.WIDTH - 40
    blue, red = (tuple(colour.astype(int)) for colour in curves.COLOURS[:2])
    assert tuple(pixels[top + curves.HEIGHT, left]) == tuple(pixels[top + curves.HEIGHT, right]) == blue
    assert tuple(pixels[top + curves.HEIGHT // 2, curves.LEFT + curves.WIDTH // 2]) == red
