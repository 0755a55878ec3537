"""`backproof check`: the report on a file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from backproof.errors import UserError
from backproof.examples import FOLDER, KINDS, examples, find, title
from backproof.files import absence, exists, is_file

from .listing import print_groups

if TYPE_CHECKING:
    from backproof.checker.report import Report

MAX_BYTES, MAX_NOTEBOOK = 1_000_000, 50_000_000  # a notebook holds its pictures
ONE = re.compile(r":[^\W\d]\w*\Z")  # one class of a file
REFERENCE = (  # the name of a derivative, and the formula of the reference that it is
    (r"d(W|b|A)\d+", "blocks.linear_backward"),
    (r"dZ\d+", "deep.hidden_dZ"),
    (r"d[zZ]", "losses.cross_entropy_from_logits_prime"),
    (r"d[aA]", "losses.cross_entropy_prime"),
    (r"d[wWb]", "logistic.logistic_gradients"),
)


@dataclass(frozen=True)
class Shown:
    """What is printed of a report: JSON instead of text, the formulas that wrong lines should have been, no fixes."""

    as_json: bool = False
    why: bool = False
    no_fix: bool = False
    html: str = ""


@dataclass(frozen=True)
class Torch:
    """What is asked of a file of torch: the shapes of arguments, the device, a plain function that gives the truth."""

    shapes: str = ""
    device: str = "cpu"
    reference: str = ""


PLAIN = Torch()


def check(path: str, example: tuple[str, ...] | None, seed: int, shown: Shown, torch: Torch = PLAIN) -> int:
    """Check a file or an example and print the report; 0 all right, 1 something wrong, 2 unusable or not all judged."""
    if example == () and not path:
        return list_examples()
    given = [*filter(None, [path]), *(example or ())]
    if len(given) != 1:
        raise UserError(f"check: expected one file, or --example NAME for one that ships; found {len(given)}")
    return check_file(str(find(example[0])) if example else path, seed, shown, torch)


def check_file(path: str, seed: int, shown: Shown, torch: Torch = PLAIN) -> int:
    """Check a file, or one class of it as in kernels.py:RMSNorm, and print the report; the exit status of `check`."""
    path, _, only = (path, "", "") if exists(Path(path)) or not ONE.search(path) else path.rpartition(":")
    source, refusal = _read(path)
    if refusal and not shown.as_json:
        raise UserError(f"{path}: {refusal}")
    from backproof.checker.check import check_source  # after the file is known to be there
    from backproof.checker.report import Report, print_report
    from backproof.checker.tensors.asked import Asked
    from backproof.notes.check import NOTES, is_notes

    folder = str(Path(path).resolve().parent)
    if not refusal and is_notes(path, source):
        _refuse_html(shown.html, path)
        return _check_notes(source, path, seed, shown)
    if shown.html:
        raise UserError(f"--html: expected notes ({', '.join(NOTES)}), found {path}")
    asked = Asked(only, torch.shapes, torch.device, torch.reference)
    report = Report(path, "unusable", refusal) if refusal else check_source(source, path, seed, folder, asked=asked)
    report = report.without_fixes() if shown.no_fix else report
    if shown.as_json:
        print(report.to_json())
    elif report.verdict == "unusable":
        raise UserError(f"{path}: {report.message}".replace("\n    ", ", in "))
    else:
        print_report(report, Console())
        for text in why(report) if shown.why else ():
            print(text)
    return report.exit_status


def _check_notes(source: str, path: str, seed: int, shown: Shown) -> int:
    from backproof.notes.check import check_notes
    from backproof.notes.html import write_html
    from backproof.notes.report import print_notes

    report = check_notes(source, path, seed)
    if shown.no_fix:
        report.keep_fixes_back()
    if not report.statements and not shown.as_json:
        raise UserError(f"{path}: {report.message}")
    if shown.html:
        try:
            write_html(report, Path(shown.html))
        except OSError as error:
            raise UserError(f"--html {shown.html}: {error.strerror}; give a name that can be written") from None
    if shown.as_json:
        print(report.to_json())
    else:
        print_notes(report, Console())
    return report.exit_status


def _refuse_html(html: str, path: str) -> None:
    """Refuse what cannot be written, or would be written over."""
    place = Path(html)
    if html and exists(place) and not is_file(place):
        raise UserError(f"--html {html}: found {absence(place)}, expected the name of a file")
    if html and exists(place) and place.samefile(path):
        raise UserError(f"--html {html}: these are the notes, expected another file")


def why(report: "Report") -> list[str]:
    """Return, for each wrong line, the formula of the reference that it should have been, where there is one."""
    from reference_numpy.registry import FORMULAS

    told = []
    for finding in (f for f in report.lines if f.verdict == "wrong"):
        name = finding.name.rpartition(".")[2].partition("[")[0]
        for pattern, entry in REFERENCE:
            if re.fullmatch(pattern, name):
                formula = FORMULAS[entry]
                told.append(
                    f"line {finding.line}, {finding.name}: {formula.latex}\n"
                    f"    {', '.join(formula.systems)} of the notes; backproof show {entry}; docs/formulas.md"
                )
                break
    return told


def list_examples() -> int:
    """Print the names of the derivations that ship, by kind."""
    groups = {f"{kind}: {what}": examples(kind) for kind, what in KINDS.items()}
    print_groups(
        {heading: {name: title(path) for name, path in found.items()} for heading, found in groups.items()}, Console()
    )
    print(f"in {FOLDER}")
    return 0


def _read(path: str) -> tuple[str, str]:
    """Return the text of a file, and why it cannot be read."""
    try:
        if exists(Path(path)) and not is_file(Path(path)):
            return "", f"it cannot be read: found {absence(Path(path))}, expected a file"
        most = MAX_NOTEBOOK if path.endswith(".ipynb") else MAX_BYTES
        if Path(path).stat().st_size > most:
            return "", f"it is larger than {most} bytes, expected a derivation of some lines"
        return Path(path).read_text(encoding="utf-8-sig"), ""
    except (OSError, ValueError) as error:
        return "", f"it cannot be read: {error}"
