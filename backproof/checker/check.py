"""Check a derivation: read it, run it on samples, judge its claims, explain the wrong ones, report.

The script is a stranger's: it runs in a process of its own, which is ended when it computes for too long.
"""

import multiprocessing
import os
import re
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from .assume import assumed, with_notation
from .calls.choose import Called, called, without_its_calls
from .explain import Explanation, explain
from .explain.sentences import sentence
from .judge import Story, Verdict, judge
from .later import judge_second_turn
from .notebook import by_cell, code_cells, program_of
from .record.program import Program, UnusableError, lines_of, read
from .redraw import program_samples
from .report import FileVerdict, Finding, Report, Unjudged
from .samples import samples_of, unseen_sides
from .story import story_of
from .tensors.asked import Asked
from .tensors.said.find import entries, is_torch

MISFIT = re.compile(r"^(ValueError|IndexError): .*(mismatch|broadcast|aligned|shapes?|out of bounds)")
FILE = Asked()  # all of the file, on the CPU
CPU_LIMIT_S = 60  # of computing; nothing that is reported depends on it
WALL_LIMIT_S = 600
NO_CLAIMS = (
    "there are no claims; a line such as dZ = A - Y claims the derivative by Z, and W -= alpha * dW takes a step"
)


def check_source(
    source: str, name: str, seed: int = 0, folder: str = "", package: str = "", asked: Asked = FILE
) -> Report:
    """Check a script, or a notebook, in a process of its own."""
    if name.endswith(".ipynb"):
        return _check_notebook(source, name, seed, folder, asked)
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_in_child, args=(source, name, seed, folder, package, asked, send), daemon=False)
    process.start()
    send.close()
    report = Report(name, "unusable", source=lines_of(source))
    try:
        while receive.poll(WALL_LIMIT_S):  # the verdicts come first, then the same with explanations
            report = receive.recv()
        report.message = report.message or f"it was stopped: it is still running after {WALL_LIMIT_S} s"
    except EOFError:
        process.join()
        if report.verdict == "unusable" and not report.message:
            is_stopped = process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL)
            stopped = f"it was stopped after {CPU_LIMIT_S} s of computing"
            ended = f"it ended the process in which it was checked (exit status {process.exitcode})"
            report.message = stopped if is_stopped else ended
    finally:
        process.kill()
        process.join()
    return report


def _check_notebook(text: str, name: str, seed: int, folder: str, asked: Asked) -> Report:
    try:
        cells = code_cells(text)
    except UnusableError as error:
        return Report(name, "unusable", str(error))
    report = check_source(program_of(cells), name.removesuffix(".ipynb"), seed, folder, "", asked)
    report.file = name
    return by_cell(report, cells)


def _in_child(source: str, name: str, seed: int, folder: str, package: str, asked: Asked, send: Connection) -> None:
    told = False
    try:
        _limit_computing()
        for report in reports(source, name, seed, folder, package, asked):
            send.send(report)
            told = True
    except BaseException as error:  # a program may raise anything, and break anything that it finds
        if not told:
            send.send(Report(name, "unusable", _fault(error), source=lines_of(source)))
    finally:
        os._exit(0)


def _limit_computing() -> None:
    most, hard = int(time.process_time()) + CPU_LIMIT_S, resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or hard > most + 5:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))


def _fault(error: BaseException) -> str:
    """Say why a program cannot be checked that the checker does not survive."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "there is not enough memory to check it"
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return f"the checker fails on it ({said}; at {place}), which is a fault of its own; please report it"


def checked(source: str, name: str, seed: int = 0, folder: str = "") -> Report:
    """Check a script in this process."""
    *_, last = reports(source, name, seed, folder)
    return last


def reports(source: str, name: str, seed: int, folder: str, package: str = "", asked: Asked = FILE) -> Iterator[Report]:
    """The report with the verdicts, and where something is wrong once more with explanations."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from _reports(source, name, seed, folder, package, asked)


def _reports(source: str, name: str, seed: int, folder: str, package: str, asked: Asked) -> Iterator[Report]:
    report = Report(name, source=lines_of(source))
    try:
        program = read(source, name, folder, package)
        if is_torch(source):  # what is imported here imports torch
            if asked.only or asked.pair or entries(program.tree, source):
                from .tensors.check import entry_reports

                yield from entry_reports(source, name, seed, folder, package, asked)
                return
            from .tensors.mend.script_repair import explain_script
            from .tensors.scripts import story_of_script

            story, explained = story_of_script(program, seed), explain_script
        else:
            program = with_notation(program)
            try:
                story, explained = _judged(program, seed), explain
            except UnusableError as error:
                if not (chosen := _called(program, seed, error.line)):
                    raise
                yield from _called_reports(report, chosen, seed)
                return
            if not story.verdicts and (chosen := _called(program, seed, None)):
                yield from _called_reports(report, chosen, seed)
                return
        fill(report, program, story, [])
        yield report
        if story.wrong:
            fill(report, program, story, explained(program, story, seed))
            yield report
    except UnusableError as error:
        line = report.source[error.line - 1].strip() if error.line and error.line <= len(report.source) else ""
        report.verdict, report.message = "unusable", f"{error}\n    {line}" if line else str(error)
        yield report


def _judged(program: Program, seed: int) -> Story:
    is_exact = bool(program.inputs)
    samples = samples_of(program, seed) if is_exact else program_samples(program, seed)
    story = judge(program, samples, is_exact)
    if not is_exact:
        judge_second_turn(program, story)
    return story


def _called(program: Program, seed: int, line: int | None) -> list[Called]:
    """What a file defines and does not run, as its parameters say that it is called."""
    bare = read(program.source, program.name, program.folder, program.package)  # without inputs that were assumed
    return list(called(without_its_calls(bare, line) if line else bare, seed))


def _called_reports(report: Report, chosen: list[Called], seed: int) -> Iterator[Report]:
    for explained in (False, True):
        parts = []
        for one in chosen:
            part = Report(report.file, source=report.source)
            fill(part, one.program, one.story, explain(one.program, one.story, seed) if explained else [])
            parts.append(part)
        report.assumed = [f"called: {one.said}" for one in chosen]
        last = len(report.source)
        found: dict[tuple[int, str], Finding] = {}
        for finding in (f for part in parts for f in part.lines if f.line <= last):
            if finding.verdict == "wrong" or (finding.line, finding.name) not in found:
                found[finding.line, finding.name] = finding
        report.lines = sorted(found.values(), key=lambda f: f.line)
        report.unjudged = [left for part in parts for left in part.unjudged if left.line <= last]
        report.story = "\n".join(dict.fromkeys(part.story for part in parts if part.story))
        report.verdict = _verdict(report)
        yield report
        if report.verdict != "wrong":
            return


def fill(report: Report, program: Program, story: Story, explanations: list[Explanation]) -> None:
    """Put the verdicts, their explanations and the story into a report."""
    report.assumed = assumed(program, story)
    report.lines = findings(story, explanations)
    report.unjudged = [
        Unjudged(v.line, v.name, v.reason or f"{v.name} is exactly zero here, which tells nothing")
        for v in story.verdicts
        if v.verdict == "unjudged"
    ]
    one_sided = [
        f"line {line}: only one side of this comparison was reached; the other was not judged"
        for line in (unseen_sides(story.samples) if program.inputs else ())
    ]
    report.story = "\n".join(filter(None, [story_of(story), *one_sided]))
    run = story.samples[0].first.run
    if MISFIT.search(run.error) and not program.inputs:
        report.unjudged.append(Unjudged(run.error_line, "", f"the program stops here: {run.error}"))
    report.verdict = _verdict(report)
    if not story.verdicts:
        report.verdict = "unusable"
        report.message = f"line {run.error_line}: {run.error}" if run.error else NO_CLAIMS


def _verdict(report: Report) -> FileVerdict:
    if any(f.verdict == "wrong" for f in report.lines):
        return "wrong"
    return "unjudged" if report.unjudged else "right"


def findings(story: Story, explanations: list[Explanation]) -> list[Finding]:
    """A finding for each claim; what an explanation blames on another line stands there."""
    blamed = {(e.site, e.name): e for e in explanations}
    told = [_wrong(e, story) for e in explanations]
    judged = [_finding(v) for v in story.verdicts if v.verdict != "unjudged" and (v.site, v.name) not in blamed]
    explained = {(f.line, f.name) for f in told}
    rest = [f for f in judged if not (f.verdict == "wrong" and told) and (f.line, f.name) not in explained]
    return sorted([*told, *rest], key=lambda f: f.line)


def _wrong(explanation: Explanation, story: Story) -> Finding:
    cause = sentence(explanation.slip) if explanation.slip is not None else None
    note = "" if explanation.fix else explanation.known
    return Finding(
        explanation.line, explanation.name, "wrong", None, cause, explanation.fix, explanation.verified, note
    )


def _finding(verdict: Verdict) -> Finding:
    return Finding(verdict.line, verdict.name, "right" if verdict.verdict == "right" else "wrong", note=verdict.note)
