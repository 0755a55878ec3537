"""Write docs/formulas.md and docs/errata.md."""

from pathlib import Path

from . import errata, formulas

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write the pages."""
    (ROOT / formulas.PAGE).write_text(formulas.formulas_page())
    (ROOT / errata.PAGE).write_text(errata.errata_page())


if __name__ == "__main__":
    main()
