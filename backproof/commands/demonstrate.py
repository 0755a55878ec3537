"""`backproof show S16 --run`: what the notes show of their formulas, run in both implementations, with pictures."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from backproof.board.curves import picture_of
from backproof.board.demonstration_log import FOLDER, keep
from backproof.board.links import link, tensorboard
from backproof.demonstrations.seen import Seen
from backproof.demonstrations.sides import SIDES
from backproof.demonstrations.table import DEMONSTRATIONS, Demonstration
from backproof.search.topics import demonstrations_or_refusal


def demonstrate(words: str) -> int:
    """Run the demonstrations that a person names, all by default; 0 when everything is as the notes claim, else 1."""
    console, error = Console(), Console(stderr=True)
    pictures, holds = {}, True
    for name in demonstrations_or_refusal(words):
        with error.status(name):
            seen = {side: DEMONSTRATIONS[name].run(using) for side, using in SIDES.items()}
        _print(name, DEMONSTRATIONS[name], seen, console)
        lines, dots = (one.pictures for one in seen.values())
        pictures[name] = picture_of(lines, dots)
        holds &= all(one.holds for one in seen.values())
    for path in keep(pictures):
        console.print(f"picture  {path}", highlight=False, soft_wrap=True)
    console.print(f"look  {tensorboard()}", highlight=False, soft_wrap=True)
    console.print(f"      {link(FOLDER.name, tags='^demonstrations/')}", highlight=False, soft_wrap=True)
    return 0 if holds else 1


def _print(name: str, demonstration: Demonstration, seen: dict[str, Seen], console: Console) -> None:
    heading = f"  {' '.join(demonstration.systems)}; {demonstration.source}"
    console.print(Text.assemble((name, "bold cyan"), heading), soft_wrap=True)
    console.print(Text(demonstration.claim), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("what")
    for side in seen:
        table.add_column(side, justify="right", no_wrap=True)
    table.add_column("expected", no_wrap=True)
    table.add_column("seen", no_wrap=True)
    for rows in zip(*(one.rows for one in seen.values()), strict=True):
        right = all(row.holds for row in rows)
        mark = Text("yes", "green") if right else Text("NO", "bold red")
        table.add_row(Text(rows[0].what), *(f"{row.value:.4g}" for row in rows), rows[0].claim, mark)
    console.print(table)
    console.print()
