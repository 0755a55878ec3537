"""What a command tells on stderr, and the terminal or the pipe that is around it."""

import io
import os
import re
import sys
from contextlib import suppress

from .errors import UserError
from .files import plain_text

NARROWEST = 20  # columns that a terminal may have
COLUMNS = re.compile("[0-9]{1,5}")
LONGEST = 1000  # characters of a message


def output_lost(error: OSError) -> int:
    """Say that the output cannot be written, unless nobody reads it any more, and return the exit status."""
    with suppress(OSError, ValueError):  # what is left of it must not be tried again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 141  # as for a program that the signal ends
    tell(f"the output cannot be written: {error.strerror or error}")
    return 74


def tell(message: object) -> None:
    """Print a message on stderr, if that can be written; of a very long one the middle is left out."""
    text = plain_text(message)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
    with suppress(OSError, ValueError):
        print(f"backproof: {text}", file=sys.stderr)


def prepare_surroundings() -> None:
    """Do with what is odd around: letters that a stream has not, a closed stderr, a width of no columns.

    Raises UserError where the current folder is gone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    rank = os.environ.get("RANK", "0")
    if "TORCHELASTIC_RUN_ID" in os.environ and rank.isdecimal() and rank != "0":  # the first process prints
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:  # print would take stdout for it
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if not COLUMNS.fullmatch(columns := os.environ.get("COLUMNS", "80")) or int(columns) < NARROWEST:
        del os.environ["COLUMNS"]
    try:
        os.getcwd()
    except OSError as error:
        raise UserError(f"the current folder cannot be used: {error.strerror}; change to another") from None
