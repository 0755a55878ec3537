"""The command `backproof`: prove your backprop. In Python: `backproof.check(path_or_source)`."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checking import Report


def check(source: str | Path, seed: int = 0) -> "Report":
    """Check a derivation, given as a path or as its text; the report has a verdict and a finding for each claim.

    Raises OSError for a path that cannot be read; a derivation that cannot be used has the verdict "unusable".
    """
    from .checking import check_source

    if isinstance(source, Path) or "\n" not in source:
        return check_source(Path(source).read_text(encoding="utf-8"), str(source), seed)
    return check_source(source, "derivation", seed)
