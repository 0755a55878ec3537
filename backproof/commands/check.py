"""`backproof check`: the report on a file."""

from pathlib import Path

from rich.console import Console

from backproof.errors import UserError
from backproof.examples import FOLDER, KINDS, examples, find, title

from .listing import print_groups

MAX_BYTES = 1_000_000


def check(path: str, example: tuple[str, ...] | None, seed: int, as_json: bool) -> int:
    """Check a file or an example and print the report; 0 all right, 1 something wrong, 2 unusable."""
    if example == () and not path:
        return list_examples()
    given = [*filter(None, [path]), *(example or ())]
    if len(given) != 1:
        raise UserError(f"check: expected one file, or --example NAME for one that ships; found {len(given)}")
    return check_file(str(find(example[0])) if example else path, seed, as_json)


def check_file(path: str, seed: int, as_json: bool) -> int:
    """Check a file and print the report; the exit status of `check`."""
    source, refusal = _read(path)
    if refusal and not as_json:
        raise UserError(f"{path}: {refusal}")
    from backproof.checker.report import Report, check_source, print_report  # imports torch: a second or more

    report = Report(path, "unusable", refusal) if refusal else check_source(source, path, seed)
    if as_json:
        print(report.to_json())
    elif report.verdict == "unusable":
        raise UserError(f"{path}: {report.message}")
    else:
        print_report(report, Console())
    return {"right": 0, "wrong": 1}.get(report.verdict, 2)


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
        if Path(path).stat().st_size > MAX_BYTES:
            return "", f"it is larger than {MAX_BYTES} bytes, expected a derivation of some lines"
        return Path(path).read_text(encoding="utf-8-sig"), ""
    except (OSError, ValueError) as error:
        return "", f"it cannot be read: {error}"
