"""What is told on stderr, and what a command does without."""

import errno
import os
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest

from backproof.terminal import LONGEST, output_lost, prepare_surroundings, tell


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Streams that are text, and no variable of torchrun's."""
    for name in ("TORCHELASTIC_RUN_ID", "RANK", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, StringIO())
    return monkeypatch


def test_a_letter_that_a_stream_has_not_is_its_escape(surroundings: pytest.MonkeyPatch) -> None:
    written = [BytesIO(), BytesIO()]
    for name, bytes_ in zip(("stdout", "stderr"), written, strict=True):
        surroundings.setattr(sys, name, TextIOWrapper(bytes_, encoding="ascii"))
    prepare_surroundings()
    for stream in (sys.stdout, sys.stderr):
        stream.write("σ")
        stream.flush()
    assert [bytes_.getvalue() for bytes_ in written] == [b"\\u03c3"] * 2


@pytest.mark.parametrize(
    ("variables", "silent"),
    [
        ({"TORCHELASTIC_RUN_ID": "x", "RANK": "1"}, True),
        ({"TORCHELASTIC_RUN_ID": "x", "RANK": "0"}, False),
        ({"TORCHELASTIC_RUN_ID": "x", "RANK": "a"}, False),
        ({"TORCHELASTIC_RUN_ID": "x"}, False),
        ({"RANK": "1"}, False),
    ],
)
def test_the_first_process_alone_prints(
    variables: dict[str, str], silent: bool, surroundings: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        surroundings.setenv(name, value)
    before = sys.stdout, sys.stderr
    prepare_surroundings()
    assert [now is then for now, then in zip((sys.stdout, sys.stderr), before, strict=True)] == [not silent] * 2
    if silent:
        assert sys.stdout.name == os.devnull
        sys.stdout.close()


@pytest.mark.parametrize(
    ("columns", "kept"), [("20", True), ("99999", True), ("19", False), ("100000", False), ("x", False), ("", False)]
)
def test_a_width_of_no_terminal_is_forgotten(columns: str, kept: bool, surroundings: pytest.MonkeyPatch) -> None:
    surroundings.setenv("COLUMNS", columns)
    prepare_surroundings()
    assert os.environ.get("COLUMNS") == (columns if kept else None)


def test_the_middle_of_a_long_message_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    whole = "a" * (LONGEST // 2) + "b" * (LONGEST // 2)
    tell(whole)
    tell(f"{whole[:500]}.{whole[500:]}")
    assert LONGEST == 1000
    assert capsys.readouterr().err == f"backproof: {whole}\nbackproof: {'a' * 500} ... {'b' * 500}\n"


def test_why_the_output_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert output_lost(BrokenPipeError()) == 141
    assert capsys.readouterr().err == ""
    assert output_lost(OSError(errno.ENOSPC, "No space left on device")) == 74
    assert output_lost(OSError("something odd")) == 74
    told = ["No space left on device", "something odd"]
    assert capsys.readouterr().err == "".join(f"backproof: the output cannot be written: {why}\n" for why in told)
