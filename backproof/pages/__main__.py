"""Write docs/formulas.md and docs/errata.md where this is run."""

from . import errata, formulas


def main() -> None:
    """Write the pages, and say where."""
    for path, page in ((formulas.PAGE, formulas.formulas_page), (errata.PAGE, errata.errata_page)):
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
