"""The page of the five notes, checked: where each slip stands, and that the page says what the reports say."""

import os
from pathlib import Path

import pytest

from backproof.errors import UserError
from backproof.notes.check import check_notes
from backproof.pages.notes_checked import FILES, PAGE, notes_checked_page, places, reports, verdict_at
from backproof.pages.slips import slips
from tests import ROOT


@pytest.mark.skipif("BACKPROOF_NOTES" not in os.environ, reason="BACKPROOF_NOTES does not name the notes' folder")
def test_the_page_says_what_the_reports_say() -> None:
    assert (ROOT / PAGE).read_text() == notes_checked_page(Path(os.environ["BACKPROOF_NOTES"])), "run `make docs`"


def test_a_source_gives_its_lines() -> None:
    """Of two notes, of a list, of a range."""
    source = "Notes A, p. 8, lines 183 and 187; Lee 2019, flatten, lines 101-103; Slides, Graph, line 5, where 1 is"
    lines = [("Notes A", 183), ("Notes A", 187), *(("Lee 2019", line) for line in (101, 102, 103)), ("Slides", 5)]
    assert list(places(source)) == lines


def test_every_slip_stands_at_a_line() -> None:
    assert [slip.title for slip in slips() if not list(places(slip.source))] == []


def test_the_gravest_word_of_a_line_is_told() -> None:
    report = check_notes("$a = 2$, $2 + 2 = 5$, $\\wp = 1$\n\nwords\n" + "$a = 2$ " * 60, "notes.txt")
    assert verdict_at(report, 1) == "wrong"
    assert verdict_at(report, 3) == "no statement"


def test_the_page_counts_and_names_each_slip(tmp_path: Path) -> None:
    """The folder holds one file for each set; one that is missing is named."""
    for begins in FILES.values():
        (tmp_path / f"{begins}_notes.txt").write_text("$a = 2$ and $2 + 2 = 5$\n" * 35)
    page = notes_checked_page(tmp_path)
    assert "| Notes A | 70 | 70 | 70 | 35 | 35 | 0 |" in page
    assert all(slip.title in page for slip in slips())
    assert "Notes C, line 92: no statement" in page
    assert "Notes B, line 234: no statement" in page
    (tmp_path / "002_notes.txt").unlink()
    reports.cache_clear()
    with pytest.raises(UserError, match=r"no file 002\*\.txt, which is Slides"):
        notes_checked_page(tmp_path)
