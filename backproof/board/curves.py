"""Curves over one axis as a picture: of one implementation as lines, of the other as dots on them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from backproof.demonstrations.seen import Curve, Picture
from backproof.training.engine import Array

from .pictures import BLUE, FONT, GAP, INK, LINE, PAPER, RED, Pixels, dot, rgb, titled

WIDTH, HEIGHT = 400, 240
LEFT, BELOW = 56, 36  # of the frame
COLOURS = (BLUE, RED, np.array([27, 120, 55.0]), np.array([230, 145, 20.0]))
DOTS = 12  # on a curve


def picture_of(lines: Sequence[Picture], dots: Sequence[Picture]) -> Pixels:
    """Return pictures, one below the other; `dots` has the curves of `lines` as somebody else computed them."""
    drawn = [_drawn(picture, other) for picture, other in zip(lines, dots, strict=True)]
    canvas = Image.new("RGB", (max(p.shape[1] for p in drawn), sum(p.shape[0] for p in drawn)), PAPER)
    top = 0
    for part in drawn:
        canvas.paste(Image.fromarray(part), (0, top))
        top += part.shape[0]
    return np.asarray(canvas)


def _drawn(picture: Picture, other: Picture) -> Pixels:
    canvas = Image.new("RGB", (LEFT + WIDTH + 2 * GAP, HEIGHT + BELOW + GAP), PAPER)
    draw = ImageDraw.Draw(canvas)
    both = (*picture.curves, *other.curves)
    x_range, y_range = _range([curve.x for curve in both]), _range([curve.y for curve in both])
    draw.rectangle((LEFT, GAP, LEFT + WIDTH, GAP + HEIGHT), outline=INK)
    for share in (0.0, 0.5, 1.0):
        x, y = (low + share * (high - low) for low, high in (x_range, y_range))
        _centred(draw, f"{x:.4g}", LEFT + share * WIDTH, GAP + HEIGHT + 2)
        text = f"{y:.3g}"
        draw.text((LEFT - GAP // 2 - FONT.getlength(text), GAP + (1 - share) * (HEIGHT - LINE)), text, INK, FONT)
    _centred(draw, picture.right, LEFT + WIDTH / 2, GAP + HEIGHT + LINE)
    for curve, same, colour in zip(picture.curves, other.curves, COLOURS, strict=False):
        for start, end in pairwise(_pixels(curve, x_range, y_range)):
            draw.line((*start, *end), rgb(colour), 2)
        points = _pixels(same, x_range, y_range)
        for point in points[:: max(1, len(points) // DOTS)]:
            dot(draw, point, colour)
    legend = [(colour, curve.name) for colour, curve in zip(COLOURS, picture.curves, strict=False)]
    return titled(canvas, f"{picture.title}: {picture.up}", legend)


def _centred(draw: ImageDraw.ImageDraw, text: str, x: float, y: float) -> None:
    draw.text((x - FONT.getlength(text) / 2, y), text, INK, FONT)


def _range(values: Sequence[Array]) -> tuple[float, float]:
    low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    return low, high if high > low else low + 1


def _pixels(curve: Curve, x_range: tuple[float, float], y_range: tuple[float, float]) -> list[tuple[float, float]]:
    x = LEFT + WIDTH * (curve.x - x_range[0]) / (x_range[1] - x_range[0])
    y = GAP + HEIGHT * (1 - (curve.y - y_range[0]) / (y_range[1] - y_range[0]))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
