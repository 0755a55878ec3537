"""`backproof show`: one formula with both implementations and a live verdict, or a list of a topic's formulas."""

import difflib
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from backproof.errors import UserError
from parity_tests.sources import source_of, summary
from parity_tests.verify import select, verify_case
from parity_tests.witnesses import twin_of
from reference_numpy._formula import FORMULAS, Formula, shapes_text

from .colours import COLOURS


def show(name: str, seed: int) -> int:
    """Print what is known of a formula; 0 when its verdict is that all agree, 1 otherwise."""
    console = Console()
    found = find(name) if name else list(FORMULAS.values())
    if len(found) > 1:
        _print_list(found, name, console)
        return 0
    return _print_formula(found[0], seed, console)


def find(name: str) -> list[Formula]:
    """The formula of an id or a name, or all formulas of a module or a system; UserError when there is none."""
    found = [f for f in FORMULAS.values() if name in (f.id, f.name)]
    found = found or [f for f in FORMULAS.values() if name == f.topic or name in f.systems]
    if not found:
        known = sorted({label for f in FORMULAS.values() for label in (f.id, f.name, f.topic, *f.systems)})
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UserError(f"show: there is no formula, module or system {name!r}{hint}")
    return found


def _print_list(found: list[Formula], name: str, console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", title=name or None, title_justify="left")
    for heading in ("formula", "systems", "what it is"):
        table.add_column(heading, no_wrap=heading != "what it is")
    for formula in found:
        table.add_row(formula.id, " ".join(formula.systems), summary(formula.function))
    console.print(table)


def _print_formula(formula: Formula, seed: int, console: Console) -> int:
    forward = formula.of or formula.same_as or formula
    console.print(f"[bold]{formula.id}[/]  {summary(formula.function)}", highlight=False)
    facts = {
        "formula": formula.latex,
        "shapes": shapes_text(formula),
        "source": f"{', '.join(formula.systems)}; {formula.source}",
        "derivative of": formula.of.id if formula.of else "",
        "loop form of": formula.same_as.id if formula.same_as else "",
    }
    grid = Table.grid(padding=(0, 2))
    for label, text in facts.items():
        if text:
            grid.add_row(f"[cyan]{label}[/]", Text(text))  # as it stands: [l] is no markup
    console.print(grid, highlight=False)
    _print_code("NumPy, by hand", formula.function, console)
    _print_code(f"torch{', what autograd differentiates' if formula.of else ''}", twin_of(forward), console)
    with Console(stderr=True).status("hearing the witnesses"):
        results = [r for case in select([forward.id]) for r in verify_case(case, seed) if r.id == formula.id]
    result = results[0]
    colour = COLOURS[result.verdict]
    witnesses = ", ".join(result.witnesses)
    console.print(f"\n[{colour}]{result.verdict}[/] with {witnesses}; worst error {result.worst_error_u:.1f} u")
    for reason in result.reasons[:4]:
        console.print(f"[red]{reason}[/]", highlight=False)
    return 0 if result.verdict == "agrees" else 1


def _print_code(title: str, function: Callable[..., Any], console: Console) -> None:
    path, line, source = source_of(function)
    console.print(f"\n[cyan]{title}[/]  {path}:{line}", highlight=False)
    console.print(Padding(Syntax(source, "python", background_color="default", word_wrap=True), (0, 0, 0, 2)))
