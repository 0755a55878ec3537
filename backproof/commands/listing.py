"""Lists with a line for each entry, grouped: cut to the width of a terminal, whole where they are piped."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

Groups = Mapping[str, Mapping[str, str]]


def print_groups(groups: Groups, console: Console) -> None:
    """Print a heading for each group, and a line for each of its entries: the name and what it is."""
    width = max(len(name) for entries in groups.values() for name in entries)
    for heading, entries in groups.items():
        _print_line(Text(heading, "bold cyan"), console)
        for name, what in entries.items():
            _print_line(Text(f"  {name:<{width}}  {what}"), console)


def _print_line(line: Text, console: Console) -> None:
    if console.is_terminal:
        console.print(line, no_wrap=True, overflow="ellipsis")
    else:
        console.print(line, soft_wrap=True)
