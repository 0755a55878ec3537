"""What is there before a command is typed: files, runs, and machines on which something fails."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backproof import files
from tests.command import command


def state_of(folder: Path) -> dict[str, bytes | None]:
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None
        for p in sorted(folder.rglob("*"))
        if p.name != ".lock"
    }


Prepare = Callable[[Path, pytest.MonkeyPatch], None]
XOR = ("--data", "xor", "--engine", "numpy", "--iterations", "20", "--no-board")


def discard(value: object) -> None: ...


def nothing(folder: Path, patch: pytest.MonkeyPatch) -> None: ...


def text(name: str, content: str) -> Prepare:
    return lambda folder, patch: discard((folder / name).write_text(content))


def folder_named(name: str) -> Prepare:
    return lambda folder, patch: (folder / name).mkdir()


def run_of(*words: str, name: str = "old") -> Prepare:
    def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
        assert command("train", *words, "--run", name, "--json") == 0

    return prepare


def both(*steps: Prepare) -> Prepare:
    def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
        for step in steps:
            step(folder, patch)

    return prepare


def changed(name: str, change: Callable[[bytes], bytes]) -> Prepare:
    def prepare(folder: Path, patch: pytest.MonkeyPatch) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return prepare


def copied(source: str, target: str) -> Prepare:
    return lambda folder, patch: discard(shutil.copy(folder / source, folder / target))


def failing(name: str, code: int) -> Prepare:
    """A file system on which a call of this name fails."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return lambda folder, patch: patch.setattr(f"backproof.training.runs.{name}", refuse)


def no_cuda(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("torch.cuda.is_available", lambda: False)


def no_memory(name: str, error: Exception) -> Prepare:
    """A machine on which a function finds no memory."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise error

    return lambda folder, patch: patch.setattr(name, refuse)


OUT_OF_MEMORY = "backproof: out of memory"
HELD: list[Any] = []


def locked(folder: Path, patch: pytest.MonkeyPatch) -> None:
    HELD.append(files.locked(folder / "runs/old"))


def numbers(rows: int = 6, **cells: str) -> str:
    lines = ["a,b,y", *(f"{i},{i * i},{i % 2}" for i in range(rows))]
    for place, cell in cells.items():
        lines[int(place[1:])] = cell
    return "\n".join(lines) + "\n"


CSV = ("--data", "t.csv", "--label", "y", "--engine", "numpy", "--no-board")
FLOWER = ("--data", "flower", "--iterations", "20", "--engine", "numpy", "--layers", "4", "--no-board")
OLD = run_of(*XOR)
MODEL = "runs/old/model.h5"
