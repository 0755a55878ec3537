"""Write the generated pages into docs/ of the current folder; notes_checked.md where BACKPROOF_NOTES is set."""

from argparse import ArgumentParser

from . import errata, formulas, notes, notes_checked


def main() -> None:
    """Write the pages, and say where."""
    ArgumentParser(prog="python -m backproof.pages", description=__doc__).parse_args()
    pages = {
        formulas.PAGE: formulas.formulas_page,
        errata.PAGE: errata.errata_page,
        notes.PAGE: notes.notes_page,
    }
    if folder := notes_checked.folder_of_notes():
        pages[notes_checked.PAGE] = lambda: notes_checked.notes_checked_page(folder)
    for path, page in pages.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
