"""`backproof show`: one formula with both implementations and a live verdict, or a list with the equations."""

from collections.abc import Callable, Mapping, Sequence
from textwrap import indent
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from backproof.demonstrations.table import DEMONSTRATIONS
from backproof.pages.slips import slips
from backproof.search.topics import Found, by_topic, demonstrations, find_in_notes
from backproof.shell import program
from parity_tests.sources import source_of, summary
from reference_numpy.equations import as_text
from reference_numpy.places import asked, places
from reference_numpy.registry import Formula, in_order, shapes_text
from reference_numpy.systems import SYSTEMS

from .colours import COLOURS
from .listing import print_groups


def show(name: str, seed: int) -> int:
    """Print what is known of a formula; 0 when its verdict is that all agree, 1 otherwise."""
    console = Console()
    if not name:
        print_groups({topic: _lines(formulas) for topic, formulas in by_topic(in_order()).items()}, console)
        return 0
    found = find_in_notes(name)
    if len(alone := [formula for formulas in found.values() for formula in formulas]) == 1:
        (formula,) = alone
        return _print_formula(formula, seed, console)
    _print_list(found, console)
    for slip in slips() if asked(name) else ():
        if set(places(slip.source)) & set(asked(name)):
            _print_whole(f"\na slip of the notes, {slip.title}\n  {slip.source}; docs/errata.md", console)
    is_shown = name in SYSTEMS or name in DEMONSTRATIONS or bool(asked(name))
    for shown in demonstrations(name) if is_shown else ():
        claim = DEMONSTRATIONS[shown].claim
        _print_whole(f"\n{claim}\n  {program('backproof')} show {shown} --run", console)
    return 0


def _lines(formulas: Sequence[Formula]) -> dict[str, str]:
    return {f.name: as_text(f.latex) for f in formulas}


def _print_list(found: Found, console: Console) -> None:
    """Print what was found with its source, each by its id, which `show` takes."""
    lines = {h: {f.id: f"{as_text(f.latex)}  [{f.source}]" for f in formulas} for h, formulas in found.items()}
    print_groups(lines, console)


def _print_formula(formula: Formula, seed: int, console: Console) -> int:
    """Print what needs no torch first: to import it takes seconds."""
    forward = formula.of or formula.same_as or formula
    console.print(Text.assemble((formula.id, "bold"), f"  {summary(formula.function)}"), soft_wrap=True)
    facts = {
        "formula": as_text(formula.latex),
        "LaTeX": formula.latex,
        "shapes": shapes_text(formula),
        "source": f"{', '.join(formula.systems)}; {formula.source}",
        "derivative of": formula.of.id if formula.of else "",
        "another form of": formula.same_as.id if formula.same_as else "",
    }
    _print_facts({label: text for label, text in facts.items() if text}, console)
    _print_code("NumPy, by hand", formula.function, console)
    from parity_tests.witnesses import counterpart_of

    _print_code(f"torch{', what autograd differentiates' if formula.of else ''}", counterpart_of(forward), console)
    with Console(stderr=True).status("asking the witnesses"):
        from parity_tests.blame import LIMIT
        from parity_tests.verify import select, verify_case

        results = [r for case in select([forward.id]) for r in verify_case(case, seed) if r.id == formula.id]
    result = results[0]
    colour = COLOURS[result.verdict]
    witnesses = ", ".join(result.witnesses)
    console.print(
        f"\n[{colour}]{result.verdict}[/] with {witnesses}; worst error {result.worst_error_u:.1f} u", soft_wrap=True
    )
    for reason in result.reasons[:LIMIT]:
        console.print(Text(reason, "red"), soft_wrap=True)
    return result.verdict.exit_status


def _print_facts(facts: Mapping[str, str], console: Console) -> None:
    if not console.is_terminal:
        _print_whole("\n".join(f"{label:<13}  {text}" for label, text in facts.items()), console)
        return
    grid = Table.grid(padding=(0, 2))
    for label, text in facts.items():
        grid.add_row(f"[cyan]{label}[/]", Text(text))  # as it stands: [l] is no markup
    console.print(grid, highlight=False)


def _print_whole(text: str, console: Console) -> None:
    """Print what is piped: lines as they are, however long."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_code(title: str, function: Callable[..., Any], console: Console) -> None:
    path, line, source = source_of(function)
    console.print(f"\n[cyan]{title}[/]  {path}:{line}", highlight=False)
    if not console.is_terminal:
        _print_whole(indent(source, "  "), console)
        return
    from rich.padding import Padding
    from rich.syntax import Syntax

    console.print(Padding(Syntax(source, "python", background_color="default", word_wrap=True), (0, 0, 0, 2)))
