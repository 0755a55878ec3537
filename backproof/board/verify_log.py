"""`backproof verify --log NAME`: verifications over time, for TensorBoard, in a folder of their own.

runs/NAME/verifications.jsonl      a line for each verification
          events.out.tfevents...   the same as curves over the verifications and as a table; a file for each
"""

import json
import math
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from backproof.errors import UserError
from backproof.training import runs
from backproof.training.options import CONFIG, RUNS

from .events import open_events, wait_for_a_later_name

VERIFICATIONS = "verifications.jsonl"
ERRORS = "error in u"

Line = Mapping[str, Any]


@contextmanager
def verification_log(name: str) -> Iterator[Callable[[Line, Line], int]]:
    """A log, new or to go on with: a function that adds a verification, from its circumstances and its report.

    The function returns how many there are now. Raises UserError, with nothing written, when the folder is something
    else or damaged, another process has it, or it cannot be written.
    """
    path = RUNS / name
    with ExitStack() as held:
        found = _held(name, held)
        with runs.explained(path):
            _topics(_earlier(path), path / VERIFICATIONS)
        with runs.draft_folder():
            pass  # whether one can be made is known before the work; a kill during it leaves nothing behind

        def add(about: Line, report: Line) -> int:
            if not found:
                _held(name, held)  # another process may have made it meanwhile
            with runs.draft_folder() as draft:
                return _add(path, draft, about, report)

        yield add


def _held(name: str, held: ExitStack) -> bool:
    """Whether the log exists, which is then locked."""
    path = RUNS / name
    _refuse_other(name, path)
    if path.exists():
        with runs.explained(path):
            held.enter_context(runs.locked(path, "verifying"))
    return path.exists()


def _refuse_other(name: str, path: Path) -> None:
    runs.refuse_bad_name("--log", name)
    if (path / CONFIG).exists():
        raise UserError(f"--log {name}: {path} is a training run; choose another name for the verifications")
    if (path.exists() or path.is_symlink()) and not (path / VERIFICATIONS).is_file():
        raise UserError(f"--log {name}: {path} exists and has no {VERIFICATIONS}; choose another name")


def _add(path: Path, draft: Path, about: Line, report: Line) -> int:
    with runs.explained(path):
        before = _earlier(path)
        topics = _topics(before, path / VERIFICATIONS)
        step = len(topics)
        date = datetime.now(UTC).isoformat(timespec="seconds")
        line: Line = {"step": step, "date": date, "versions": _versions(), **about, **report}
        lines = before + json.dumps(line, allow_nan=False).encode() + b"\n"
        runs.write_atomically(draft / VERIFICATIONS, lines)
        wait_for_a_later_name(path)
        _write_events(draft, step, line, dict.fromkeys(chain(*topics)))
        if not before:
            runs.publish(draft, path.name)
        else:
            for file in sorted(draft.iterdir()):  # the events first: a step without its line is written again
                file.replace(path / file.name)
    return step + 1


def _earlier(path: Path) -> bytes:
    return (path / VERIFICATIONS).read_bytes() if path.exists() else b""


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in ("backproof", "numpy", "torch")}


def _topics(lines: bytes, path: Path) -> list[list[str]]:
    """Those of each earlier verification."""
    topics: list[list[str]] = []
    for text in lines.splitlines():
        try:
            topics.append([row["topic"] for row in json.loads(text)["formulas"]])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UserError(
                f"{path}: line {len(topics) + 1} is no verification; mend it, or choose another name"
            ) from None
    return topics


def _write_events(folder: Path, step: int, line: Line, earlier: Mapping[str, Any]) -> None:
    topics = dict.fromkeys([*earlier, *(row["topic"] for row in line["formulas"])])
    charts = {topic: ["Multiline", [rf"{ERRORS}/{topic}\."]] for topic in topics}
    with closing(open_events(folder, step)) as writer:
        for tag, value in scalars(line).items():
            writer.add_scalar(tag, value, step)
        writer.add_text("verification", as_markdown(line), step)
        writer.add_custom_scalars({ERRORS: charts})


def scalars(line: Line) -> dict[str, float]:
    """What becomes a curve over the verifications; an error that is not finite is NaN."""
    rows, planted = line["formulas"], line["planted"]
    errors = {row["id"]: math.nan if row["worst_error_u"] is None else row["worst_error_u"] for row in rows}
    return {
        "verification/formulas": len(rows),
        "verification/formulas that agree": sum(row["verdict"] == "agrees" for row in rows),
        "verification/planted mistakes": planted["total"],
        "verification/planted mistakes caught": planted["caught"],
        "verification/worst error in u": max(errors.values(), key=lambda u: math.inf if math.isnan(u) else u),
        "verification/seconds": line["seconds"],
    } | {f"{ERRORS}/{name}": error for name, error in errors.items()}


def as_markdown(line: Line) -> str:
    """The parity table with its circumstances, for TensorBoard's text."""
    rows, planted = line["formulas"], line["planted"]
    agreed = sum(row["verdict"] == "agrees" for row in rows)
    versions = ", ".join(f"{name} {number}" for name, number in line["versions"].items())
    text = [
        f"**{line['verdict']}**: {agreed} of {len(rows)} formulas agree; "
        f"{planted['caught']} of {planted['total']} planted mistakes caught on these very inputs",
        f"{line['date']}, {line['dtype']} on {line['device']}, seed {line['seed']}; {versions}",
        *(f"- **{row['id']}**: {reason}" for row in rows for reason in row["reasons"][:4]),
        *(f"- not caught: **{name}**" for name in planted["survivors"]),
    ]
    table = ["| formula | witnesses | worst error | verdict |", "|---|---|---|---|"]
    for row in rows:
        error = "not finite" if row["worst_error_u"] is None else f"{row['worst_error_u']:.4g} u"
        table.append(f"| {row['id']} | {', '.join(row['witnesses'])} | {error} | {row['verdict']} |")
    return "\n\n".join([*text, "\n".join(table)])
