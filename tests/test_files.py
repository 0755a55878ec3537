"""What the writing of a file leaves behind, and what is said of errors that the system does not explain."""

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from backproof import files
from backproof.errors import UserError
from backproof.files import absence, explained, locked, open_to_append, refuse_links, write_atomically


def test_a_temporary_file_is_one_that_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    right = os.open

    def noted(path: Any, *args: Any) -> int:
        names.append(Path(path).name)
        return right(path, *args)

    monkeypatch.setattr(os, "open", noted)
    write_atomically(tmp_path / "model", b"x")
    assert files.TEMPORARY.fullmatch(names[0])
    assert names[0].startswith(".model.")


def test_a_new_file_is_for_whom_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_atomically(tmp_path / "model", b"x")
        open_to_append(tmp_path / "metrics").close()
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("model", "metrics")] == [0o666] * 2


def test_the_name_of_a_written_file_is_brought_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    write_atomically(tmp_path / "model", b"x")
    assert synced == [tmp_path]


def test_a_temporary_file_that_is_gone_hides_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        for path in tmp_path.iterdir():
            path.unlink()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "model", b"x")


def test_a_refused_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    right = os.close

    def close(descriptor: int) -> None:
        closed.append(descriptor)
        right(descriptor)

    (tmp_path / "one").touch()
    os.link(tmp_path / "one", tmp_path / "other")
    monkeypatch.setattr(os, "close", close)
    with pytest.raises(OSError, match="found a link"):
        open_to_append(tmp_path / "other")
    assert len(closed) == 1


def test_a_lock_is_let_go_by_any_thread(tmp_path: Path) -> None:
    lock = locked(tmp_path)
    with pytest.raises(UserError, match="another process is training"):
        locked(tmp_path)
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    locked(tmp_path).release()


def test_as_many_files_as_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        (tmp_path / str(number)).touch()
    monkeypatch.setattr(files, "MOST_ENTRIES", 3)
    refuse_links(tmp_path)
    (tmp_path / "3").touch()
    with pytest.raises(UserError, match="found more than 3 files"):
        refuse_links(tmp_path)


def test_an_error_without_an_explanation_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(*_: Any, **__: Any) -> os.stat_result:
        raise OSError("something odd")

    with pytest.raises(UserError, match=f"{tmp_path}: something odd; free space"), explained(tmp_path):
        odd()
    with pytest.raises(UserError) as told, explained(tmp_path):
        (tmp_path / "none").read_bytes()
    assert str(told.value).startswith(f"{tmp_path}/none: No such file or directory; free space")
    monkeypatch.setattr(Path, "stat", odd)
    assert absence(tmp_path) == "something odd"
