"""Files that are not what their names say, and options as careless hands write them: one message each."""

import errno
import json
import os
import socket
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from tests.command import command

from .preparations import XOR, state_of

TABLE = ("train", "--data", "t.csv", "--label", "y", "--no-board")
OPTIONS = ("train", "--config", "c.json")


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one message with which these words are refused, when nothing was written."""
    before = state_of(folder)
    capsys.readouterr()
    assert command(*words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("backproof: ")
    assert err[:-1].isprintable()
    assert len(err) < 600
    assert state_of(folder) == before
    return err


TABLES: dict[str, tuple[str | bytes, str]] = {
    "decimal commas": ("x,y\n1,5,0\n", "line 2: found 3 cells, expected 2"),
    "semicolons": ("x;y\n1;0\n", "found columns x;y, expected one named 'y'"),
    "thousands": ('x,y\n"1,000",0\n', "line 2: found '1,000' in column 'x', expected a number"),
    "percent": ("x,y\n10%,0\n", "found '10%'"),
    "hexadecimal": ("x,y\n0x10,0\n", "found '0x10'"),
    "a date": ("x,y\n2020-01-01,0\n", "found '2020-01-01'"),
    "complex": ("x,y\n1+2j,0\n", "found '1+2j'"),
    "beyond every float": ("x,y\n1e999,0\n", "found inf in column 'x', expected a finite number"),
    "not available": ("x,y\nNA,0\n", "found 'NA'"),
    "label in capitals": ("x,Y\n1,0\n", "expected one named 'y'"),
    "names that blanks hide": ("x, x,y\n1,2,0\n", "found 'x' twice"),
    "names that are empty": (",,y\n1,2,0\n", "found '' twice"),
    "lines of old computers": ("x,y\r1,z\r", "line 2: found 'z'"),
    "a workbook": (b"PK\x03\x04" + b"\0" * 99, "t.csv, line 1"),
    "packed": (b"\x1f\x8b\x08" + b"\0" * 9, "found UnicodeDecodeError"),
    "two bytes a letter": ("x,y\n1,0\n".encode("utf-16"), "found UnicodeDecodeError"),
    "a page": ("<html><body>x,y</body></html>", "expected one named 'y'"),
    "a mark and nothing": ("\ufeff", "found nothing, expected a line of column names"),
    "a bidirectional name": ("x\u202e,y\n1,0\n", "expected names that can be printed"),
}


@pytest.mark.parametrize(("content", "message"), TABLES.values(), ids=TABLES)
def test_a_table(content: str | bytes, message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "t.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message in refused(folder, capsys, *TABLE)


CONTENTS: dict[str, tuple[str | bytes, str]] = {
    "nested without end": ("[" * 100_000, "expected JSON as a run writes it"),
    "objects without end": ('{"a":' * 50_000, "expected JSON as a run writes it"),
    "nothing": ("", "Expecting value"),
    "two objects": ("{}{}", "Extra data"),
    "a comment": ('{"seed": 1} // why', "Extra data"),
    "single quotes": ("{'seed': 1}", "Expecting property name"),
    "a mark before it": ("\ufeff{}", "BOM"),
    "two bytes a letter": ('{"data": "xor"}'.encode("utf-16"), "can't decode"),
    "longer than any": ('{"data": "' + "x" * 2**21 + '"}', "expected JSON as a run writes it"),
    "an integer of 5000 digits": ('{"seed": 1' + "0" * 5000 + "}", "expected JSON as a run writes it"),
    "half a letter": ('{"data": "\\ud800.h5"}', "expected text that can be printed"),
    "a rate that rounds to 0": ('{"learning_rate": 1e-400}', "--learning-rate 0.0: expected a number in"),
    "the last of two": ('{"seed": 1, "seed": "x"}', "seed is 'x', expected an integer"),
    "a word for truth": ('{"board": "no"}', "board is 'no', expected true or false"),
    "a number for truth": ('{"board": 1}', "board is 1, expected true or false"),
    "layers as one word": ('{"layers": "20 7"}', "layers is '20 7', expected a list of integers"),
    "layers within layers": ('{"layers": [[20]]}', "layers is [[20]], expected a list of integers"),
    "a name a terminal would obey": ('{"a\\u001b[2J": 5}', "no option 'a\\x1b[2J'"),
    "a very long name": (json.dumps({"x" * 100_000: 1}), "no option 'xxx"),
}


@pytest.mark.parametrize(("content", "message"), CONTENTS.values(), ids=CONTENTS)
def test_options(content: str | bytes, message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message in refused(folder, capsys, *OPTIONS)


WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "an address": (("--data", "https://example.org/a.csv", "--label", "y"), "found no such file"),
    "a pattern": (("--data", "*.h5"), "found no such file"),
    "a home folder": (("--data", "~/a.h5"), "found no such file"),
    "another format": (("--data", "a.npz"), "expected digits, cancer"),
    "capitals": (("--data", "DIGITS"), "expected digits, cancer"),
    "a blank too many": (("--data", "digits "), "did you mean digits?"),
    "an empty name": (("--run", ""), "--name '': expected letters"),
    "the folder above": (("--run", ".."), "--name '..': expected letters"),
    "a path of another system": (("--run", "a\\b"), "expected letters"),
    "a line": (("--run", "a\nb"), "--name 'a\\nb': expected letters"),
    "reversed letters": (("--run", "a\u202eb"), "expected letters"),
    "resume everything": (("--resume", "."), "no such run"),
    "resume above": (("--resume", ".."), "no such run"),
    "a device": (("--config", "/dev/null"), "found neither a file nor a folder"),
    "a process": (("--config", "/proc/self/mem"), "expected JSON as a run writes it"),
    "no file of options": (("--config", ""), "found a folder"),
    "layers as one number": (("--layers", *["2"] * 1001), "1001 hidden layers, expected at most 100"),
    "a very long label": (("--data", "t.csv", "--label", "q" * 5000), "found no such file"),
}


@pytest.mark.parametrize(("words", "message"), WORDS.values(), ids=WORDS)
def test_words(words: tuple[str, ...], message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refused(folder, capsys, "train", *XOR, *words)


def test_what_has_a_name_and_no_content(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "t.csv"
    for target in ("/dev/zero", "t.csv"):
        path.symlink_to(target)
        assert "t.csv: found " in refused(folder, capsys, *TABLE)
        path.unlink()
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("t.csv")
        assert "t.csv: found neither a file nor a folder" in refused(folder, capsys, *TABLE)


@pytest.mark.parametrize("word", ["x" * 10_000, "deep\x1b[2J", "*", "深", "deep;S12!", "S26", "S0", "S١"])
@pytest.mark.parametrize("name", ["verify", "show"])
def test_topics(name: str, word: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    is_long = name == "show" and len(word) > 1000
    expected = "10000 letters, expected at most 1000" if is_long else "there is no formula, module"
    assert f"{name}: {expected}" in refused(folder, capsys, name, word)


# Pictures, and the folder of a run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the digits."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert command("train", "--engine", "numpy", "--no-board", "--iterations", "3", "--run", "r", "--json") == 0
    return folder


def png(width: int, height: int) -> bytes:
    """A PNG that says so of itself, with some data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def whole(kind: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (50, 50)).save(file, kind)
    return file.getvalue()


PICTURES = {
    "no pixel": png(0, 5),
    "more pixels than there are atoms": png(2**31 - 1, 2**31 - 1),
    "one line of a million": png(10**6, 1),
    "fewer data than pixels": png(500, 500),
    "half of one": whole("PNG")[:60],
    "a letter changed": whole("PNG")[:20] + b"\xff" + whole("PNG")[21:],
    "GIF": whole("GIF"),
    "TIFF": whole("TIFF"),
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "PDF": b"%PDF-1.4\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
}


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_a_picture(content: bytes, trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(trained)
    Path("p.png").write_bytes(content)
    assert "predict: p.png: found " in refused(trained, capsys, "predict", "r", "p.png")


def test_a_name_that_a_terminal_would_obey(trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(trained)
    Path("\x1b[2J\n.png").write_bytes(whole("PNG"))
    assert command("predict", "r", "\x1b[2J\n.png") == 0
    assert "\n\\x1b[2J\\n.png" in capsys.readouterr().out


def test_a_damaged_exif_is_passed_over(trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(trained)
    Image.new("RGB", (9, 9)).save("e.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"x" * 99)
    assert command("predict", "r", "e.jpg") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["config.json", "model.h5", "metrics.jsonl", "summary.json", ".lock"])
def test_a_folder_in_the_place_of_a_file(name: str, trained: Path, folder: Path, capsys: Any) -> None:
    (folder / "runs/r").mkdir(parents=True)
    for path in (trained / "runs/r").iterdir():
        (folder / "runs/r" / path.name).write_bytes(path.read_bytes())
    (folder / "runs/r" / name).unlink(missing_ok=True)
    (folder / "runs/r" / name).mkdir()
    message = refused(folder, capsys, "train", "--resume", "r", "--iterations", "6")
    assert "no such run" in message if name == "config.json" else f"runs/r/{name}: found a folder" in message


def test_labels_of_another_type(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for y in (
        np.array([0, 255], np.uint8),
        np.array([0, 2**63], np.uint64),
        np.zeros(2, [("a", int)]),
        np.array([0.0, 1]),
    ):
        with h5py.File(folder / "t.h5", "w") as file:
            file["train_set_x"], file["train_set_y"] = np.zeros((2, 2, 2, 3), np.uint8), y
            file["list_classes"] = np.array([b"a", b"b"])
        assert "t.h5, train_set_y: found " in refused(folder, capsys, "train", "--data", "t.h5")


def test_too_many_open_files(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse(*args: Any, **more: Any) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "numpy.py")

    monkeypatch.setattr("backproof.commands.show.show", refuse)
    assert "Too many open files; allow more, as by ulimit -n" in refused(folder, capsys, "show", "graph")
