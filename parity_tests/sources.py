"""The source and the summary of a function, as pages, the board and planted mistakes need them."""

import inspect
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any


def summary(function: Callable[..., Any]) -> str:
    """Return the first line of the docstring; python -OO leaves none."""
    return inspect.cleandoc(function.__doc__ or "").partition("\n")[0]


def source_of(function: Callable[..., Any]) -> tuple[str, int, str]:
    """Return package and file, line, and source of a function, without its decorators."""
    function = inspect.unwrap(function)
    lines, first = inspect.getsourcelines(function)
    above = next((i for i, text in enumerate(lines) if text.lstrip().startswith("def ")), 0)
    path = Path(inspect.getsourcefile(function) or "")
    return f"{path.parent.name}/{path.name}", first + above, dedent("".join(lines[above:])).rstrip()
