"""All errors of a verification in one picture: a line for each module, a dot for each formula, and the threshold."""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from PIL import Image, ImageDraw

from parity_tests.compare import THRESHOLD_U

from .pictures import BLUE, FONT, GAP, INK, LINE, PAPER, RED, Pixels, dot, rgb, titled

LEAST, MOST = -1, 16  # powers of ten of u: what is smaller or larger, or not finite, is drawn at the margin
DECADE = 18  # pixels
GREY = (210, 210, 210)


def error_picture(rows: Sequence[Mapping[str, Any]], dtype: str) -> Pixels:
    """Return the picture of the rows of a report, each with `topic`, `worst_error_u` and `verdict`."""
    topics = [(topic, list(found)) for topic, found in groupby(rows, key=lambda row: str(row["topic"]))]
    left = max(round(FONT.getlength(topic)) for topic, _ in topics) + 2 * GAP
    height = LINE * (len(topics) + 2)
    canvas = Image.new("RGB", (left + DECADE * (MOST - LEAST) + 2 * GAP, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    for power in range(0, MOST, 4):
        x = left + DECADE * (power - LEAST)
        draw.line((x, 0, x, height - 2 * LINE), GREY)
        draw.text((x - GAP, height - LINE - GAP), f"1e{power} u" if power else "1 u", INK, FONT)
    threshold = left + DECADE * (math.log10(THRESHOLD_U[dtype]) - LEAST)
    draw.line((threshold, 0, threshold, height - 2 * LINE), rgb(RED), 2)
    for i, (topic, found) in enumerate(topics):
        draw.text((GAP, i * LINE), topic, INK, FONT)
        for row in found:
            right = row["verdict"] == "agrees"
            dot(
                draw, (left + DECADE * (_power(row["worst_error_u"]) - LEAST), (i + 0.5) * LINE), BLUE if right else RED
            )
    return titled(canvas, "error of each formula; those left of the red line agree")


def _power(error_u: float | None) -> float:
    if error_u is None:
        return MOST
    return min(max(math.log10(max(error_u, 10.0**LEAST)), LEAST), MOST)
