"""The picture of all errors of a verification: dots on the right side of the threshold, lines that are named."""

import numpy as np
import pytest
from PIL import ImageDraw

from backproof.board.error_picture import error_picture
from backproof.board.pictures import LINE

from .test_verify_log import ROW


@pytest.mark.parametrize(
    ("error", "verdict"), [(3.0, "agrees"), (1e12, "disagrees"), (None, "disagrees"), (0.0, "agrees")]
)
def test_the_picture_has_a_dot_on_its_side_of_the_threshold(error: float | None, verdict: str) -> None:
    drawn = error_picture([ROW | {"worst_error_u": error, "verdict": verdict}], "float64").astype(int)
    colour = np.ptp(drawn, axis=2) > 60
    line = np.flatnonzero(colour.sum(axis=0) >= LINE)  # a dot is not so high
    coloured = np.argwhere(colour)
    dots = coloured[np.abs(coloured[:, 1] - line.mean()) > 4]
    assert len(dots) > 9
    assert (dots[:, 1] < line.min()).all() == (verdict == "agrees")
    assert (dots[:, 1] > line.max()).all() == (verdict != "agrees")
    blue = drawn[tuple(dots.T)][:, 2] > drawn[tuple(dots.T)][:, 0]
    assert blue.all() == (verdict == "agrees")


def test_the_picture_has_an_axis_and_a_line_for_each_module(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, tuple[float, float]] = {}
    monkeypatch.setattr(ImageDraw.ImageDraw, "text", lambda self, at, text, *args: written.update({text: at}))
    error_picture([ROW | {"worst_error_u": 1.0}, ROW | {"topic": "blocks", "worst_error_u": 1.0}], "float64")
    assert written["deep"][1] < written["blocks"][1]
    places = [written[label][0] for label in ("1 u", "1e4 u", "1e8 u", "1e12 u")]
    assert np.ptp(np.diff(places)) == 0 < np.diff(places)[0]
