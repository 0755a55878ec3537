"""Whatever happens to them, and in whatever order, the files of a run hold what was written last, whole."""

import errno
import os
import tempfile
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backproof.files import append, write_atomically

CONTENT = st.binary(max_size=40)


class Disk:
    """The calls of the file system that a write makes, one of which fails or is cut short."""

    def __init__(self, fails_at: int) -> None:
        self.left = fails_at

    def call(self, right: Any, *arguments: Any, **more: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return right(*arguments, **more)


class Short(FileIO):
    """A file that takes a few bytes at a time, and from some point on none."""

    room = 0
    most = 3

    def write(self, content: Any) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = super().write(content[: min(self.most, self.room)])
        self.room -= written
        return written


class Files(RuleBasedStateMachine):
    """A file that is replaced and one that grows, beside what they should hold."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "model"
        self.growing = Path(self.folder.name) / "metrics"
        self.growing.touch()
        self.replaced: bytes | None = None
        self.grown = b""
        self.mode = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(content=CONTENT)
    def replace(self, content: bytes) -> None:
        write_atomically(self.path, content)
        self.replaced = content
        self.mode = self.mode or self.path.stat().st_mode

    @rule(content=CONTENT, fails_at=st.integers(0, 3))
    def replace_on_a_bad_disk(self, content: bytes, fails_at: int) -> None:
        disk, patches = Disk(fails_at), []
        for name in ("fsync", "replace"):
            right = getattr(os, name)
            patches.append(mock.patch.object(os, name, lambda *a, right=right, **m: disk.call(right, *a, **m)))
        with patches[0], patches[1], suppress(OSError):
            write_atomically(self.path, content)
        if fails_at >= 2:  # the file and its folder are told apart: from here on the new name is there
            self.replaced = content
            self.mode = self.mode or self.path.stat().st_mode

    @rule(mode=st.sampled_from([0o600, 0o640, 0o644]))
    def change_mode(self, mode: int) -> None:
        if self.replaced is not None:
            self.path.chmod(mode)
            self.mode = self.path.stat().st_mode

    @rule(content=CONTENT)
    def grow(self, content: bytes) -> None:
        with self.growing.open("ab", buffering=0) as file:
            append(file, content)
        self.grown += content

    @rule(content=CONTENT, room=st.integers(0, 40), most=st.integers(1, 9))
    def grow_on_a_full_disk(self, content: bytes, room: int, most: int) -> None:
        with Short(self.growing, "ab") as file:
            file.room, file.most = room, most
            try:
                append(file, content)
            except OSError:
                assert room < len(content)
            else:
                self.grown += content

    @invariant()
    def both_hold_what_was_written(self) -> None:
        if not hasattr(self, "folder"):
            return
        assert self.growing.read_bytes() == self.grown
        assert (self.path.read_bytes() if self.path.exists() else None) == self.replaced
        if self.replaced is not None:
            assert self.path.stat().st_mode == self.mode
        found = {path.name for path in Path(self.folder.name).iterdir()}
        assert found == {"metrics"} | ({"model"} if self.replaced is not None else set())


TestFiles = Files.TestCase
TestFiles.settings = settings(max_examples=20, stateful_step_count=15)
