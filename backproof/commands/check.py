"""`backproof check`: the report on a file."""

from pathlib import Path

from rich.console import Console

from backproof.checker.derivation import DerivationError
from backproof.checker.report import Report, check_source, print_report
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
    try:
        report = check_source(_source(path), path, seed)
    except DerivationError as error:
        report = Report(path, "unusable", str(error))
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


def _source(path: str) -> str:
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise DerivationError(f"it is larger than {MAX_BYTES} bytes, expected a derivation of some lines")
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DerivationError(f"it cannot be read: {error}") from None
