"""The one error that a person at the command line sees without a traceback, and a hint for what was misspelled."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A mistake of the user: one message on stderr, exit status 2."""


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a question after the known names that are spelled like `word`, or `otherwise` where there are none."""
    near = difflib.get_close_matches(word, list(known), n=3)
    return f"; did you mean {' or '.join(near)}?" if near else otherwise
