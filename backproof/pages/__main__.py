"""Write the pages in docs/ where this is run."""

from . import errata, formulas, notes


def main() -> None:
    """Write the pages, and say where."""
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
