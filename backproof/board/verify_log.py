"""`backproof verify --log NAME`: verifications over time, for TensorBoard, in a folder of their own.

runs/NAME/verifications.jsonl      a line for each verification
          events.out.tfevents...   the same as curves, a picture and a table for each; a file for each
"""

import json
import math
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backproof.errors import UserError
from backproof.files import LOCK, exists, explained, is_file, locked, refuse_links, write_atomically
from backproof.training import runs
from backproof.training.options import CONFIG, RUNS

from .error_picture import error_picture
from .events import open_events

VERIFICATIONS = "verifications.jsonl"

Line = Mapping[str, Any]


@contextmanager
def verification_log(name: str) -> Iterator[Callable[[Line, Line], int]]:
    """Open a log, new or to go on with: yield a function that adds a verification, from circumstances and report.

    That function returns how many there are now. Raises UserError, with nothing written, when the folder is something
    else or damaged, another process has it, or it cannot be written.
    """
    path = RUNS / name
    with ExitStack() as held:
        found = _held(name, held)
        with explained(path):
            _count(_earlier(path), path / VERIFICATIONS)
        with runs.draft_folder():
            pass  # whether one can be made is known before the work; a kill during it leaves nothing behind

        def add(about: Line, report: Line) -> int:
            if not found:
                _held(name, held)  # another process may have made it meanwhile
            with runs.draft_folder() as (draft, lock):
                times = _add(path, draft, about, report)
                lock.release()
                return times

        yield add


def _held(name: str, held: ExitStack) -> bool:
    """Lock the log if it exists, and return whether it does."""
    path = RUNS / name
    _refuse_other(name, path)
    if not path.exists():
        return False
    with explained(path):
        refuse_links(path)
        held.callback(locked(path, "verifying").release)
    return True


def _refuse_other(name: str, path: Path) -> None:
    runs.refuse_bad_name("--log", name)
    if is_file(path / CONFIG):
        raise UserError(f"--log {name}: {path} is a training run; choose another name for the verifications")
    if exists(path) and not is_file(path / VERIFICATIONS):
        raise UserError(f"--log {name}: {path} exists and has no {VERIFICATIONS}; choose another name")


def _add(path: Path, draft: Path, about: Line, report: Line) -> int:
    with explained(path):
        before = _earlier(path)
        step = _count(before, path / VERIFICATIONS)
        date = datetime.now(UTC).isoformat(timespec="seconds")
        line: Line = {"step": step, "date": date, "versions": _versions(), **about, **report}
        lines = before + json.dumps(line, allow_nan=False).encode() + b"\n"
        is_new = not path.exists()
        write_atomically(draft / VERIFICATIONS, lines)
        _write_events(draft, path, step, line)
        if is_new:
            runs.publish(draft, path.name)
        else:
            for file in sorted(draft.iterdir()):  # the events first: a step without its line is written again
                if file.name != LOCK:
                    file.replace(path / file.name)
    return step + 1


def _earlier(path: Path) -> bytes:
    """Return the lines so far, each with its end."""
    lines = (path / VERIFICATIONS).read_bytes() if path.exists() else b""
    return lines if lines.endswith(b"\n") or not lines else lines + b"\n"


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in ("backproof", "numpy", "torch")}


def _count(lines: bytes, path: Path) -> int:
    """Return how many verifications there are; UserError for a line that is none."""
    for number, text in enumerate(lines.splitlines(), start=1):
        try:
            [row["topic"] for row in json.loads(text)["formulas"]]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UserError(f"{path}: line {number} is no verification; mend it, or choose another name") from None
    return len(lines.splitlines())


def _write_events(draft: Path, path: Path, step: int, line: Line) -> None:
    with closing(open_events(draft, step, after=path)) as writer:
        for tag, value in scalars(line).items():
            writer.add_scalar(tag, value, step)
        if line["formulas"]:
            picture = error_picture(line["formulas"], line["dtype"])
            writer.add_image("verification/errors", picture, step, dataformats="HWC")
        writer.add_text("verification", as_markdown(line), step)


def scalars(line: Line) -> dict[str, float]:
    """Return what becomes a curve over the verifications; an error that is not finite is NaN.

    They are few, since everybody who looks at runs/ has them in view; picture and table have each formula.
    """
    rows, planted = line["formulas"], line["planted"]
    errors = [math.nan if row["worst_error_u"] is None else row["worst_error_u"] for row in rows]
    return {
        "verification/formulas that agree": sum(row["verdict"] == "agrees" for row in rows),
        "verification/planted mistakes caught": planted["caught"],
        "verification/worst error in u": max(errors, key=lambda u: math.inf if math.isnan(u) else u),
    }


def as_markdown(line: Line) -> str:
    """Return the parity table with its circumstances, for TensorBoard's text."""
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
