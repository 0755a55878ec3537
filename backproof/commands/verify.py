"""`backproof verify`: the table of all formulas with their witnesses, worst errors and verdicts."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from backproof.board.links import link, tensorboard
from backproof.data.hdf5 import DataError, PictureSet, cats, digits
from backproof.equations.proof import Proved, prove_equations
from backproof.errors import UserError
from backproof.search.topics import PICTURES
from backproof.training.engines import describe_device, prepare_device
from backproof.training.options import RUNS
from parity_tests.blame import LIMIT, Result
from parity_tests.compare import THRESHOLD_U, Verdict, worst
from parity_tests.networks import ARCHITECTURES, verify_network
from parity_tests.verify import evaluate, judge_case, planted, proved_by, rejects, select

from .colours import COLOURS

WHOLE = 120  # columns of a table that is piped, in which no row is broken


@dataclass
class Report:
    """All verdicts of one run, how many planted mistakes these inputs would have caught, and where there are none."""

    results: list[Result] = field(default_factory=list)
    equations: dict[str, Proved] = field(default_factory=dict)
    planted: int = 0
    survivors: list[str] = field(default_factory=list)
    unplanted: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; a planted mistake that got through is a disagreement."""
        equations = (proved.verdict for proved in self.equations.values())
        return (
            Verdict.DISAGREES if self.survivors else worst(v for v in (*equations, *(r.verdict for r in self.results)))
        )

    @property
    def caught(self) -> int:
        """Planted mistakes that were rejected."""
        return self.planted - len(self.survivors)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON has it; an error that is not finite is null."""
        rows = [
            {
                "id": r.id,
                "topic": r.topic,
                "witnesses": list(r.witnesses),
                "worst_error_u": r.worst_error_u if np.isfinite(r.worst_error_u) else None,
                "verdict": r.verdict,
                "reasons": r.reasons,
                "equation": _equation_as_json(self.equations.get(r.id)),
            }
            for r in self.results
        ]
        planted: dict[str, Any] = {"total": self.planted, "caught": self.caught, "survivors": self.survivors}
        planted["none_in"] = self.unplanted
        return {"verdict": self.verdict, "formulas": rows, "planted": planted, "seconds": round(self.seconds, 3)}


def _equation_as_json(proved: Proved | None) -> dict[str, Any] | None:
    if proved is None:
        return None
    error = proved.worst_error_u if np.isfinite(proved.worst_error_u) else None
    return {"verdict": proved.verdict, "worst_error_u": error, "reasons": proved.reasons}


def verify(topics: Sequence[str], device: str, dtype: str, seed: int, as_json: bool, log: str | None = None) -> int:
    """Run the proof, print it, and add it to a log where there is one; 0 when all agree, 1 otherwise."""
    prepare_device(device)
    steps = list(_steps(topics, seed, dtype, device))
    with _opened(log) as add:
        report = _prove(steps, quiet=as_json)
        if as_json:
            print(json.dumps(report.to_json(), allow_nan=False))
        else:
            print_report(report, Console(), dtype, device)
        if add is not None:
            about = {"device": describe_device(device), "dtype": dtype, "seed": seed, "topics": list(topics)}
            times = add(about, report.to_json())
            if not as_json:
                print(f"{RUNS / str(log)}: {times} verification{'s'[: times > 1]}")
                print(f"look  {tensorboard()}\n      {link(str(log), tags='^verification/')}")
    return report.verdict.exit_status


def _opened(log: str | None) -> AbstractContextManager[Callable[[Any, Any], int] | None]:
    if log is None:
        return nullcontext()
    from backproof.board.verify_log import verification_log  # TensorBoard takes a second to import

    return verification_log(log)


def _prove(steps: Sequence[tuple[str, Any]], quiet: bool) -> Report:
    start = time.perf_counter()
    report = Report()
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task("", total=len(steps))
        for name, step in steps:
            progress.update(task, description=f"{name:<38}")
            step(report)
            progress.advance(task)
    report.seconds = time.perf_counter() - start
    return report


def _steps(topics: Sequence[str], seed: int, dtype: str, device: str) -> Iterator[tuple[str, Any]]:
    formulas = [topic for topic in topics if topic != PICTURES]
    cases = select(formulas) if formulas or not topics else []

    def prove(report: Report, case: Any) -> None:
        evaluated, refused = evaluate(case, seed, dtype, device)
        report.results += refused or judge_case(case, evaluated)
        if dtype == "float64" and not refused:
            report.equations |= {formula.id: proved for formula, proved in prove_equations(case, seed)}
        for formula in proved_by(case) if dtype == "float64" and not refused else ():
            mistakes = planted(formula, evaluated)
            report.planted += len(mistakes)
            report.survivors += [mistake.name for mistake in mistakes if not rejects(mistake, evaluated)]
            report.unplanted += [] if mistakes else [formula.id]

    for case in cases:
        yield case.formula.id, lambda report, case=case: prove(report, case)
    if PICTURES in topics or not topics:
        for name, pictures in picture_sets():
            for kind in ARCHITECTURES:
                yield f"pictures.{name}_{kind}", _network_step(name, kind, pictures, seed, dtype, device)


def _network_step(name: str, kind: str, pictures: PictureSet, seed: int, dtype: str, device: str) -> Any:
    X, Y = pictures.X_train, pictures.Y_train
    return lambda report: report.results.append(verify_network(name, kind, X, Y, seed, dtype, device))


def picture_sets() -> Iterator[tuple[str, PictureSet]]:
    """The digits that ship, and the course's cats where BACKPROOF_CATS names their folder."""
    yield "digits", digits()
    if folder := os.environ.get("BACKPROOF_CATS"):
        try:
            yield "cats", cats(folder)
        except DataError as error:
            raise UserError(f"BACKPROOF_CATS: {error}") from None


def print_report(report: Report, console: Console, dtype: str, device: str) -> None:
    """The table by topic, then reasons, planted mistakes, and the sum."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("formula", no_wrap=True)
    table.add_column("witnesses")  # the one that may wrap in a narrow terminal
    table.add_column("worst error", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True, min_width=9)
    if report.equations:
        table.add_column("LaTeX", justify="right", no_wrap=True)
    for topic, rows in groupby(report.results, key=lambda r: r.topic):
        table.add_row(f"[bold cyan]{topic}[/]")
        for row in rows:
            table.add_row(*_cells(row), _equation_cell(report.equations.get(row.id)))
    console.print(table, width=None if console.is_terminal else WHOLE)
    for row in report.results:
        for reason in row.reasons[:LIMIT]:
            console.print(f"[red]{row.id}[/]: {reason}", highlight=False, soft_wrap=True)
    for proved in report.equations.values():
        for reason in proved.reasons[:LIMIT]:
            console.print(f"[red]{proved.id}[/], its LaTeX: {escape(reason)}", highlight=False, soft_wrap=True)
    _print_sum(report, console, dtype, device)


def _cells(row: Result) -> Iterable[str]:
    colour = COLOURS[row.verdict]
    name = row.id.partition(".")[2]
    return f"  {name}", ", ".join(row.witnesses), _error(row.worst_error_u), f"[{colour}]{row.verdict}[/]"


def _equation_cell(proved: Proved | None) -> str:
    return f"[{COLOURS[proved.verdict]}]{_error(proved.worst_error_u)}[/]" if proved else ""


def _error(u: float) -> str:
    return f"{u:.1f} u" if u < 1e4 else f"{u:.0e} u"


def _print_sum(report: Report, console: Console, dtype: str, device: str) -> None:
    agreed = sum(r.verdict == "agrees" for r in report.results)
    where = f"{dtype} on {torch.cuda.get_device_name()}" if device == "cuda" else f"{dtype} on the CPU"
    colour = COLOURS[report.verdict]
    console.print()
    console.print(
        f"[{colour}]{agreed} of {len(report.results)} formulas agree[/] within {THRESHOLD_U[dtype]:.1e} u ({where})",
        highlight=False,
    )
    if report.equations:
        equal = sum(proved.verdict == "agrees" for proved in report.equations.values())
        console.print(
            f"{equal} of {len(report.equations)} equations in LaTeX say what the NumPy computes", highlight=False
        )
    if report.planted:
        console.print(
            f"{report.caught} of {report.planted} planted mistakes caught on these very inputs", highlight=False
        )
        for name in report.survivors:
            console.print(f"[red]not caught: {escape(name)}[/]", highlight=False)
    for name in report.unplanted:
        console.print(f"no mistake could be planted in {name}; add a row to parity_tests/mistakes.py", highlight=False)
    console.print(f"{report.seconds:.1f} s", highlight=False)
