"""Write the generated pages, docs/formulas.md, docs/errata.md and docs/notes.md, into the current folder."""

from argparse import ArgumentParser

from . import errata, formulas, notes


def main() -> None:
    """Write the pages, and say where."""
    ArgumentParser(prog="python -m backproof.pages", description=__doc__).parse_args()
    for path, page in (
        (formulas.PAGE, formulas.formulas_page),
        (errata.PAGE, errata.errata_page),
        (notes.PAGE, notes.notes_page),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
