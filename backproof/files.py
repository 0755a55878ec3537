"""Files and folders that are written: whole or not at all, locked, and never through a link.

A run folder may come from a stranger, and a link in it would lead a write anywhere. So every file is opened without
following links, what is temporary has a random name and is created exclusively, and `refuse_links` looks at a folder
before anything in it is touched. Also `plain_text`, which takes control characters out of what strangers wrote.
"""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import UserError

LOCK = ".lock"
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.new")
MOST_ENTRIES = 10_000  # of a folder that is looked through
# What the system has of: follow no link, wait for nobody at the other end of a pipe, leave line ends alone.
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def plain_text(text: object) -> str:
    """Return text as a terminal may have it: a character that is not printable becomes its escape, as in \\x1b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def is_file(path: Path) -> bool:
    """Whether it is a regular file; False too where the path cannot be looked at or is no possible name."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether anything has this name, a broken link included; True where it cannot be looked at."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def absence(path: Path) -> str:
    """Say what is at a path that is not a regular file, or why it cannot be looked at."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file"
    except ValueError:
        return "a name with a null character"
    except OSError as error:
        return f"{error.strerror or error}"
    return "a folder" if stat.S_ISDIR(mode) else "neither a file nor a folder"


def open_to_append(path: Path) -> FileIO:
    """Open a regular file, unbuffered, at its end; OSError for a link and for anything else."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | NO_FOLLOW, 0o666)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise OSError(errno.ELOOP, "found a link or a special file, expected a file of its own", str(path))
    return FileIO(descriptor, "ab")


def append(file: FileIO, content: bytes) -> None:
    """Append to an unbuffered file, whole or not at all, whatever error stops it."""
    whole = os.fstat(file.fileno()).st_size
    try:
        while content:
            content = content[file.write(content) :]
    except OSError:
        os.ftruncate(file.fileno(), whole)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file as a whole: whoever reads it, even after a crash, sees the old content or the new one."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, 0o666)
    try:
        with FileIO(descriptor, "wb") as file:
            while content:
                content = content[file.write(content) :]
            with suppress(FileNotFoundError):
                os.chmod(temporary, stat.S_IMODE(path.lstat().st_mode))
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_temporaries(folder: Path) -> None:
    """Remove what `write_atomically` left behind when its process was killed; the folder must be locked."""
    for path in folder.glob(".*.new"):
        if TEMPORARY.fullmatch(path.name):
            path.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def locked(path: Path, doing: str = "training") -> FileLock:
    """Return the lock of a folder, held until it is released; UserError when another process has it."""
    lock = FileLock(path / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(f"{path}: another process is {doing} in this folder; wait for it, or stop it") from None
    return lock


def refuse_links(folder: Path) -> None:
    """Raise UserError when a folder has anything but folders and files of its own."""
    for count, entry in enumerate(_entries(folder), start=1):
        mode = entry.stat(follow_symlinks=False)
        plain = stat.S_ISREG(mode.st_mode) and mode.st_nlink == 1
        if not (plain or stat.S_ISDIR(mode.st_mode)):
            kind = "a link" if entry.is_symlink() or stat.S_ISREG(mode.st_mode) else "a special file"
            raise UserError(
                f"{entry.path}: found {kind}, expected a file of its own: writing to it could change another file; "
                "remove it, or copy the run without it"
            )
        if count > MOST_ENTRIES:
            raise UserError(f"{folder}: found more than {MOST_ENTRIES} files; expected the folder of a run")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


@contextmanager
def explained(path: Path, what_to_do: str = "free space, or run where you may write") -> Iterator[None]:
    """Turn an error of the file system into one message."""
    try:
        yield
    except OSError as error:
        where, why = error.filename or path, error.strerror or error
        raise UserError(f"{plain_text(where)}: {plain_text(why)}; {what_to_do}") from None
