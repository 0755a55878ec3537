"""The report on a file of torch: its hand-written backward passes, or else its small steps."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..explain.sentences import sentence
from ..mean.ratios import ratio
from ..record.program import UnusableError, lines_of
from ..report import Finding, Report
from .asked import Asked
from .backward import Module, forward_parameters, opened
from .mend.repair import Repair, repairs
from .precision import precision
from .purpose import departure, is_on_purpose
from .said.calls import from_call, of_values
from .said.find import Entry, entries, pair_of
from .said.shapes import Shapes, merge, read, said_in
from .verdicts import Judged, carrier, judge_entry, meanings

NOTHING = "no hand-written backward pass is found: a subclass of torch.autograd.Function, or functions f_forward and f_backward"  # noqa: E501
SAY = "say the shapes of its arguments above it, as in `# shapes: x (B, T, C), weight (C,), eps float`"


def entry_reports(source: str, name: str, seed: int, folder: str, package: str, asked: Asked) -> Iterator[Report]:
    """The report with the verdicts, and where something is wrong once more with the right lines."""
    report = Report(name, source=lines_of(source))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the tensors are small
    try:
        yield from _reports(report, source, seed, folder, package, asked)
    except UnusableError as error:
        line = report.source[error.line - 1].strip() if error.line and error.line <= len(report.source) else ""
        report.verdict, report.message = "unusable", f"{error}\n    {line}" if line else str(error)
        yield report
    finally:
        torch.set_num_threads(threads)


def _reports(report: Report, source: str, seed: int, folder: str, package: str, asked: Asked) -> Iterator[Report]:
    if asked.device == "cuda" and not torch.cuda.is_available():
        raise UnusableError("--device cuda: torch finds no GPU here; without --device the CPU is used")
    module = opened(source, report.file, folder, asked.device, _reference(asked.reference), package)
    chosen = [e for e in entries(module.tree, source) if not asked.only or asked.only in (e.name, e.backward_name)]
    if asked.pair:
        chosen = [pair_of(module.tree, source, *asked.pair)]
    if not chosen:
        raise UnusableError(f"there is no {asked.only}; {NOTHING}" if asked.only else NOTHING)
    judged = []
    for entry in chosen:
        shapes, assumed = shapes_of(module, entry, asked)
        one = judge_entry(module, entry, shapes, seed)
        if one.refused:
            problem = one.refused if one.refused.startswith(entry.name) else f"{entry.name}: {one.refused}"
            problem += f"; {SAY}" if one.refused.startswith("forward") else ""
            if len(chosen) == 1:
                raise UnusableError(problem, one.refused_line or None)
            report.unjudged.append(_left(entry, problem))
            continue
        report.assumed += [f"{entry.name}: {_drawn(one)}"] if assumed else []
        judged.append((one, shapes))
    _fill(report, [(one, []) for one, _ in judged])
    yield report
    if report.verdict == "wrong":
        mended = [
            (one, repairs(one, shapes, seed) if one.wrong and not departure(one) else []) for one, shapes in judged
        ]
        _fill(report, mended)
        yield report


def _left(entry: Entry, problem: str) -> Any:
    from ..report import Unjudged

    return Unjudged(entry.backward.lineno, entry.name, problem)


def shapes_of(module: Module, entry: Entry, asked: Asked) -> tuple[Shapes, bool]:
    """What is said of the shapes, by the person, the file, or a call in it; and whether any had to be assumed."""
    found = said_in(module.source, entry.where)
    if asked.inputs:
        merge(found, of_values(asked.inputs))
    if asked.shapes:
        merge(found, read(asked.shapes))
    names = [p.name for p in forward_parameters(entry) if not p.is_rest and not p.has_default]
    missing = [n for n in names if n not in found.said]
    if missing:
        called = from_call(module, entry, [p.name for p in forward_parameters(entry)])
        if called is not None:
            merge(called, found)
            return called, True
    return found, bool(missing)


def _drawn(one: Judged) -> str:
    given = one.passes[0].given.values
    parts = [f"{n} {tuple(v.shape)}" if hasattr(v, "shape") else f"{n} {v}" for n, v in given.items()]
    return ", ".join(parts)


def _reference(text: str) -> Callable[..., Any] | None:
    """The function that is named as file.py:function."""
    if not text:
        return None
    path, _, name = text.rpartition(":")
    if not path or not Path(path).is_file():
        raise UnusableError(f"--reference {text}: expected file.py:function, and the file is not there")
    spec = importlib.util.spec_from_file_location("reference_of_a_check", path)
    if spec is None or spec.loader is None:
        raise UnusableError(f"--reference {text}: {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UnusableError(f"--reference {text}: {type(error).__name__}: {error}") from None
    if not callable(getattr(module, name, None)):
        raise UnusableError(f"--reference {text}: there is no function {name} in {path}")
    return getattr(module, name)


def _fill(report: Report, judged: list[tuple[Judged, list[Repair]]]) -> None:
    """Put the verdicts, with what repairs them where that is known, into the report."""
    report.lines, told = [], []
    for one, found in judged:
        report.lines += _right(one)
        if one.is_right:
            told += precision(one)
        if one.none:
            told.append(f"{one.entry.name}: no gradient for {', '.join(one.none)}: None is returned")
        wrong = [_wrong(one, repair) for repair in found] if found else _plainly(one, departure(one))
        for finding in wrong:
            if is_on_purpose(report.source, finding.line):
                told.append(
                    f"line {finding.line}: on purpose not the derivative"
                    + (f"; {finding.note}" if finding.note else "")
                )
            else:
                report.lines.append(finding)
    taken = {(f.line, f.name) for f in report.lines if f.verdict == "wrong"}
    bad_lines = {line for line, _ in taken}
    report.lines = sorted(
        (f for f in report.lines if f.verdict == "wrong" or f.line not in bad_lines), key=lambda f: f.line
    )
    report.story = "\n".join(told)
    is_wrong = any(f.verdict == "wrong" for f in report.lines)
    report.verdict = "wrong" if is_wrong else "unjudged" if report.unjudged else "right"


def _right(one: Judged) -> list[Finding]:
    """A finding for each gradient that is right, and for each value that is named as a derivative and is one."""
    first = one.passes[0]
    found: dict[tuple[int, str], Finding] = {}
    for r in first.returned:
        if r.value is not None and r.V not in one.wrong and "" not in one.wrong:
            line, name, _ = carrier(first, r, one.entry)
            found[line, name] = Finding(line, name, "right")
    for m in meanings(first, one.entry):
        if m.is_right:
            found.setdefault((m.event.line, m.event.name), Finding(m.event.line, m.event.name, "right"))
    return list(found.values())


def _wrong(one: Judged, repair: Repair) -> Finding:
    first = one.passes[min((n for w in one.wrong.values() for n in w.passes), default=0)]
    name = next(
        (carrier(first, r, one.entry)[1] for r in first.returned if r.V in (repair.V or tuple(one.wrong))),
        one.entry.name,
    )
    cause = sentence(repair.slip) if repair.slip is not None else None
    note = "" if repair.fix else repair.note or next((w.note for w in one.wrong.values() if w.note), "") or _known(one)
    return Finding(repair.line, name, "wrong", None, cause, repair.fix, len(one.passes) if repair.fix else 0, note)


def _known(one: Judged) -> str:
    """What can be said of a wrong gradient without a fix: its ratio to the truth, or one entry beside the right one."""
    first = one.passes[min(n for w in one.wrong.values() for n in w.passes)]
    r = next((r for r in first.returned if r.V in one.wrong and r.value is not None), None)
    if r is None or r.value is None or r.value.shape != r.truth.shape:
        return ""
    off = np.abs(r.value - r.truth)
    if (c := ratio(r.value, r.truth)) is not None and np.any(r.truth):
        return f"the gradient of {r.V} is {c:.4g} times the right one on the first draw"
    right = int(np.sum(off <= 1e-8 * float(np.max(np.abs(r.truth), initial=0.0))))
    if 0 < right < off.size:
        return f"{right} of {off.size} entries of the gradient of {r.V} are right"
    at = np.unravel_index(int(np.argmax(off)), off.shape) if off.ndim else ()
    where = f" at [{', '.join(map(str, at))}]" if at else ""
    example = f"{r.value[at]:.4g}{where}, expected {r.truth[at]:.4g}"
    return f"the gradient of {r.V} is no constant times the right one: {example}"


def _plainly(one: Judged, departs: str) -> list[Finding]:
    """The wrong gradients where they are returned."""
    hint = "if that is on purpose, `# backproof: on purpose` at the end of the line says so"
    found = []
    for V, wrong in one.wrong.items():
        number = wrong.passes[0]
        r = next((r for r in one.passes[number].returned if r.V == V), None)
        if r is None:
            line = one.passes[number].error_line or one.entry.backward.lineno
            found.append(Finding(line, one.entry.name, "wrong", note=wrong.note))
        else:
            line, name, _ = carrier(one.passes[number], r, one.entry)
            found.append(Finding(line, name, "wrong", note=f"{departs}; {hint}" if departs else wrong.note))
    return found
