"""Statements besides equations between formulas: shapes, arrays of numbers, and claims in words."""

from collections.abc import Iterator

from .reading.pages import Page
from .reading.prose import layers, slopes
from .report import Statement
from .said import Read
from .sizes.arrays import array_statements
from .sizes.broadcasting import broadcasts
from .sizes.judged import shape_statements

Both = tuple[Statement, Read | None]


def with_besides(both: list[Both], found: Page, is_course: bool) -> list[Both]:
    """Return the statements of a page with those besides its equations, in their order.

    An equation gives way to the shape, the array or the slope that it is. On a page of its own, whose shapes are its
    declarations, a shape is read and not judged, and nothing else is added.
    """
    besides: list[Both] = [(said, None) for said, _ in shape_statements(found)]
    places = {(said.cell, said.start) for said, _ in besides}
    starts = {(said.cell, said.start) for said, _ in besides if said.end > said.start}
    if not is_course:
        kept = [(said, read) for said, read in both if (said.cell, said.start) not in starts]
        return _sorted([*kept, *((_given(said), None) for said, _ in besides)])
    text = found.texts.get(None, "")
    arrays = list(array_statements(text))
    words = list(_in_words(text))
    lines = {said.line for said in arrays}
    spans = [(said.start, said.end) for said, _ in words]
    kept = [
        (said, read)
        for said, read in [*both, *besides]
        if said.line not in lines and not any(start <= said.start <= end for start, end in spans)
    ]
    kept = [(said, read) for said, read in kept if read is None or (said.cell, said.start) not in starts]
    kept = [
        (said, read) for said, read in kept if not (said.status == "not read" and (said.cell, said.start) in places)
    ]
    kept += [*words, *((said, None) for said in [*arrays, *broadcasts(found)])]
    return _sorted(kept)


def _sorted(both: list[Both]) -> list[Both]:
    return sorted(both, key=lambda one: (one[0].cell or 0, one[0].line, one[0].start))


def _given(said: Statement) -> Statement:
    """A shape on a page of its own: right where it is the course's, and else the page's own."""
    if said.verdict != "right":
        said.status, said.verdict, said.cause, said.fix_tex = "read", "", "", ""
        said.reason = "a shape that the page gives"
    return said


def _in_words(text: str) -> Iterator[Both]:
    """Slopes, which are judged with the numbers above them, and what a layer takes and gives."""
    for one in slopes(text):
        said = Statement(text.count("\n", 0, one.start) + 1, None, one.tex, "read", start=one.start, end=one.end)
        said.python = f"{one.left.function.base}_prime({one.left.arguments[0].digits}) = {one.right.digits}"  # type: ignore[union-attr]
        yield said, (one.left, "=", one.right)
    for layer in layers(text):
        said = Statement(text.count("\n", 0, layer.start) + 1, None, layer.tex, "judged", layer.python, "right")
        said.start, said.end = layer.start, layer.start + len(layer.tex)
        if not layer.is_right:
            said.verdict, said.fix_tex = "wrong", layer.exchanged
            said.cause = "a layer takes the activation of the layer before and gives its own: they are exchanged"
        yield said, None
