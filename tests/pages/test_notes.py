"""The index of the notes: every source is a place of the outline, and every place leads somewhere."""

import re

import pytest

from backproof.pages.notes import PAGE, notes_page
from backproof.pages.slips import slips
from reference_numpy.places import BUILT_ON, OUTLINES, Place, asked, beside, built_on, places
from reference_numpy.registry import FORMULAS, in_order
from tests import ROOT

from .test_written import anchors

BEYOND = ("the course's programming exercise; in no note",)  # what no note has, and says so


def test_the_index_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text() == notes_page(), "run `make docs`"


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_every_source_is_a_place_of_the_notes(formula_id: str) -> None:
    source = FORMULAS[formula_id].source
    assert places(source) or built_on(source) or source in BEYOND, source
    for item in source.split("; "):
        if item.removeprefix(BUILT_ON).startswith(tuple(OUTLINES)):
            assert places(item) or built_on(item), item


def test_every_place_has_a_formula_a_slip_or_a_reason() -> None:
    told = {place for f in FORMULAS.values() for place in (*places(f.source), *built_on(f.source))}
    told |= {place for slip in slips() for place in places(slip.source)}
    for note, outline in OUTLINES.items():
        lines = [part.line for part in outline.values()]
        assert lines == sorted(lines)
        for part, what in outline.items():
            assert (Place(note, part) in told) is not bool(what.without), (note, part)


def test_formulas_are_in_the_order_of_the_notes() -> None:
    topics = list(dict.fromkeys(f.topic for f in in_order()))
    assert set(topics) == {f.topic for f in FORMULAS.values()}
    assert [f.id for f in in_order() if f.topic == "deep"] == [f for f in FORMULAS if f.startswith("deep.")]
    assert topics.index("logistic") < topics.index("shallow") < topics.index("deep") < topics.index("blocks")


@pytest.mark.parametrize(
    ("words", "note", "part"),
    [
        ("A p. 29", "Notes A", "p. 29"),
        ("A, p. 29", "Notes A", "p. 29"),
        ("Notes A, p. 29", "Notes A", "p. 29"),
        ("Notes A p29", "Notes A", "p. 29"),
        ("p. 29", "Notes A", "p. 29"),
        ("page 29", "Notes A", "p. 29"),
        ("B Backward", "Notes B", "Backward"),
        ("notes c, cost function", "Notes C", "Cost function"),
        ("Slides, Notation", "Slides", "Notation"),
        ("Lee propagate", "Lee 2019", "propagate"),
        ("Lee 2019, neuron", "Lee 2019", "neuron"),
        ("A line 281", "Notes A", "p. 12"),
        ("Notes A, line 280", "Notes A", "p. 11"),
        ("Lee 2019, lines 245-250", "Lee 2019", "initialize_parameters"),
    ],
)
def test_a_place_is_understood_as_a_person_writes_it(words: str, note: str, part: str) -> None:
    assert asked(words) == [Place(note, part)]


def test_a_whole_note_and_what_is_no_place() -> None:
    assert len(asked("Lee")) == len(OUTLINES["Lee 2019"])
    assert len(asked("Notes C")) == len(OUTLINES["Notes C"])
    assert asked("dZ1") == asked("A") == asked("p. 99") == asked("deep") == []


def test_pages_and_parts_of_a_source() -> None:
    assert places(
        "Notes A, p. 12 and p. 14-15; Lee 2019, hidden layer 1 and propagate, with the indices put right"
    ) == [
        *(Place("Notes A", f"p. {page}") for page in (12, 14, 15)),
        *(Place("Lee 2019", part) for part in ("hidden layer 1", "propagate")),
    ]
    assert places("Slides, Logistic Regression cost function: why") == [
        Place("Slides", "Logistic Regression cost function")
    ]


def test_what_is_built_on_a_page_is_not_stated_there() -> None:
    source = "Notes A, p. 27; the penalty is built on Notes A, p. 41, the word alone"
    assert places(source) == [Place("Notes A", "p. 27")]
    assert built_on(source) == [Place("Notes A", "p. 41")]
    stated = {f.topic for f in FORMULAS.values() if Place("Notes A", "p. 39") in places(f.source)}
    built = {f.topic for f in FORMULAS.values() if Place("Notes A", "p. 39") in built_on(f.source)}
    assert built == {"gram", "freivalds", "shards"}
    assert stated == {"deep", "blocks", "descent"}


def test_the_pages_beside_a_page() -> None:
    assert beside(Place("Notes A", "p. 1")) == [Place("Notes A", "p. 2")]
    assert beside(Place("Notes A", "p. 39")) == [Place("Notes A", "p. 38"), Place("Notes A", "p. 40")]
    assert beside(Place("Notes A", "p. 41")) == [Place("Notes A", "p. 40")]


# Ten lines of the notes, and what a reader finds by searching the page for what is written

SEARCHED = [
    ("Notes A, p. 30", "dZ^[1] = W^[2]T dZ^[2] * g'(Z^[1])"),
    ("Notes A, p. 30", r"dZ^{[2]} = A^{[2]} - Y"),
    ("Notes A, p. 6", "m_train"),
    ("Notes A, p. 6", "m_{train}"),
    ("Notes A, p. 8", "w := w - α dw"),
    ("Notes A, p. 26", "1 - a^2"),
    ("Notes A, p. 40", "dA^[l-1] = W^[l]T dZ^[l]"),
    ("Notes A, p. 19", "P(y \\| x) = a^y (1 - a)^(1-y)"),
    ("Notes A, p. 11", "u = bc, v = a + u, J = 3v"),
    ("Slides, Logistic Regression", "x_0 = 1"),
    ("Slides, Logistic regression on m examples", "dw_j += x_j^(i) dz^(i)"),
    ("Lee 2019, propagate", "dA_l = "),
    ("Notes C, Gradient descent for logistic regression", "-y + ay + a - ay"),
    ("Notes B, Backward", "dz^[l] = da^[l] * g^[l]′(z^[l])"),
]


@pytest.mark.parametrize(("where", "written"), SEARCHED)
def test_what_is_written_is_found_at_its_place(where: str, written: str) -> None:
    section = re.split(r"\n### ", (ROOT / PAGE).read_text())
    (found,) = (text for text in section if text.startswith(f"{where}: "))
    assert written in found, found


def test_links_of_the_index_lead_to_headings_and_functions() -> None:
    text = (ROOT / PAGE).read_text()
    for page, anchor in set(re.findall(r"\]\((formulas|errata)\.md#([^)]+)\)", text)):
        assert anchor in anchors(ROOT / "docs" / f"{page}.md"), anchor
    for path, line in set(re.findall(r"\]\(\.\./([^#)]+)#L(\d+)\)", text)):
        assert (ROOT / path).read_text().splitlines()[int(line) - 1].startswith("def "), path
