"""`backproof check`: the report on a file."""

from pathlib import Path

from rich.console import Console

from backproof.checker.derivation import DerivationError
from backproof.checker.report import Report, check_source, print_report
from backproof.errors import UserError

MAX_BYTES = 1_000_000


def check_file(path: str, seed: int, as_json: bool) -> int:
    """Check a file and print the report; 0 all right, 1 something wrong, 2 unusable."""
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


def _source(path: str) -> str:
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise DerivationError(f"it is larger than {MAX_BYTES} bytes, expected a derivation of some lines")
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DerivationError(f"it cannot be read: {error}") from None
