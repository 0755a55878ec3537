"""Check a derivation: read it, run it on samples, judge its claims, explain the wrong ones, report.

The script is a stranger's: it runs in a process of its own, which is ended when it computes for too long.
"""

import multiprocessing
import os
import resource
import time
from multiprocessing.connection import Connection

from .assume import assumed, with_notation
from .explain import Explanation, explain
from .explain.sentences import sentence
from .judge import Story, Verdict, judge
from .program import Program, UnusableError, read
from .redraw import program_samples
from .report import FileVerdict, Finding, Report, Unjudged
from .samples import samples_of, unseen_sides
from .story import story_of

CPU_LIMIT_S = 60  # of computing; nothing that is reported depends on it
WALL_LIMIT_S = 600


def check_source(source: str, name: str, seed: int = 0, folder: str = "") -> Report:
    """Check a script in a process of its own."""
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_in_child, args=(source, name, seed, folder, send), daemon=False)
    process.start()
    send.close()
    try:
        if receive.poll(WALL_LIMIT_S):
            report: Report = receive.recv()
            return report
        message = f"it was stopped: it is still running after {WALL_LIMIT_S} s"
    except EOFError:
        process.join()
        message = f"it was stopped: it ended without an answer (at most {CPU_LIMIT_S} s of computing are allowed)"
    finally:
        process.kill()
        process.join()
    return Report(name, "unusable", message, source=source.splitlines())


def _in_child(source: str, name: str, seed: int, folder: str, send: Connection) -> None:
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_LIMIT_S, used + CPU_LIMIT_S + 5))
    send.send(checked(source, name, seed, folder))
    send.close()
    os._exit(0)


def checked(source: str, name: str, seed: int = 0, folder: str = "") -> Report:
    """Check a script in this process."""
    report = Report(name, source=source.splitlines())
    try:
        program = with_notation(read(source, name, folder))
        is_exact = bool(program.inputs)
        samples = samples_of(program, seed) if is_exact else program_samples(program, seed)
        story = judge(program, samples, is_exact)
        fill(report, program, story, seed)
    except UnusableError as error:
        line = report.source[error.line - 1].strip() if error.line and error.line <= len(report.source) else ""
        report.verdict, report.message = "unusable", f"{error}\n    {line}" if line else str(error)
    return report


def fill(report: Report, program: Program, story: Story, seed: int) -> None:
    """Put the verdicts, their explanations and the story into a report."""
    explanations = explain(program, story, seed)
    report.assumed = assumed(program, story)
    report.story = story_of(story)
    report.lines = findings(story, explanations)
    report.unjudged = [
        Unjudged(v.line, v.name, v.reason or f"{v.name} is exactly zero here, which tells nothing")
        for v in story.verdicts
        if v.verdict == "unjudged"
    ]
    for line in unseen_sides(story.samples):
        if not report.unjudged or program.inputs:
            report.story += ("\n" if report.story else "") + (
                f"line {line}: only one side of this comparison was reached; the other was not judged"
            )
    report.verdict = _verdict(report, story)
    error = story.samples[0].first.run.error
    if not story.verdicts:
        report.verdict = "unusable"
        line = story.samples[0].first.run.error_line
        report.message = f"line {line}: {error}" if error else (
            "there are no claims; a line such as dZ = A - Y claims the derivative by Z, and W -= alpha * dW takes a step"
        )


def _verdict(report: Report, story: Story) -> FileVerdict:
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
