"""The pictures of the board: from arrays to pictures with captions."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from backproof.data.sets import Part
from backproof.training.engine import Array
from backproof.training.prediction import answer

from .figures import Moment

Pixels = NDArray[np.uint8]
Pictures = Mapping[str, Pixels]

MOST = 12  # tiles of a picture
TILE, LINE, GAP, WIDE = 64, 15, 8, 320  # pixels; TensorBoard shows a picture some 300 wide
FONT = ImageFont.load_default(11)
INK, PAPER = (40, 40, 40), (255, 255, 255)
RED, BLUE = np.array([178, 24, 43.0]), np.array([33, 102, 172.0])
FRAME = 4  # pixels around the thumbnail of an example
SIDE = 320  # pixels of a plot
COARSE = 160  # of its background
SHADES = 20


def samples(moment: Moment) -> Pictures:
    """Show the first training pictures with their classes."""
    if moment.dataset.shape is None:
        return {}
    X, Y = moment.dataset.train
    captions = [[_class(moment, y)] for y in Y[0, :MOST]]
    return {"training_set": tiled(pictures_of(X[:, :MOST], moment.dataset.shape), captions)}


def mistakes(moment: Moment) -> Pictures:
    """Show the misclassified test pictures, the surest first, with true class, predicted class and probability."""
    dataset = moment.dataset
    if dataset.shape is None or dataset.test is None or dataset.classes is None:
        return {}
    (X, Y), A = moment.shown
    wrong = np.flatnonzero((A[0] > 0.5) != Y[0])
    surest = wrong[np.argsort(-np.abs(A[0, wrong] - 0.5))][:MOST]
    captions = []
    for i in surest:
        said = answer(float(A[0, i]), dataset.classes, moment.config.network.output)
        sure = f"{said['output']:.3g}" if said["probability"] is None else f"{said['probability']:.0%}"
        captions.append([f"is {_class(moment, Y[0, i])}", f"said {said['class']} {sure}"])
    worst = f"; the {MOST} surest" if len(wrong) > MOST else ""
    title = f"{len(wrong)} of {len(Y[0])} test pictures are misclassified{worst}"
    return {"misclassified": tiled(pictures_of(X[:, surest], dataset.shape), captions, title)}


def confusion(moment: Moment) -> Pictures:
    """Show the confusion matrix: a row for each true class, a column for each predicted one, shares in blue."""
    classes = moment.dataset.classes
    if classes is None:
        return {}
    part, A = moment.shown
    counts = confusion_matrix(part.Y, A)
    side, left = SIDE // 2, max(round(FONT.getlength(name)) for name in classes) + 2 * GAP
    canvas = Image.new("RGB", (left + side, side + LINE + GAP), PAPER)
    draw = ImageDraw.Draw(canvas)
    for i, name in enumerate(classes):
        draw.text((GAP, LINE + GAP + i * side // 2 + side // 4 - LINE // 2), name, INK, FONT)
        draw.text((left + i * side // 2 + GAP, 0), name, INK, FONT)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for (true, said), count in np.ndenumerate(counts):
        x, y = left + said * side // 2, LINE + GAP + true * side // 2
        colour = PAPER + (BLUE - 255) * 0.6 * shares[true, said]
        draw.rectangle((x, y, x + side // 2 - 2, y + side // 2 - 2), rgb(colour), INK)
        draw.text((x + GAP, y + side // 4 - LINE // 2), f"{count}", INK, FONT)
    title = f"{'training' if moment.dataset.test is None else 'test'} set: true class by row, predicted by column"
    return {"confusion": titled(canvas, title)}


def confusion_matrix(Y: Array, A: Array) -> NDArray[np.int64]:
    """Count the examples by true class (rows) and predicted class (columns)."""
    counts = np.zeros((2, 2), np.int64)
    np.add.at(counts, (Y[0].astype(int), (A[0] > 0.5).astype(int)), 1)
    return counts


def first_weights(moment: Moment) -> Pictures:
    """Show W of the first layer's first units; in pictures of one channel red adds to the unit, blue takes away."""
    if (shape := moment.dataset.shape) is None:
        return {}
    W = moment.live.parameters["W1"][:MOST].astype(np.float64)
    W = W / np.maximum(np.abs(W).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    tiles = pictures_of((1 + W.T) / 2, shape) if shape[2] == 3 else [_signed(w.reshape(shape).mean(axis=2)) for w in W]
    n = len(moment.live.parameters["W1"])
    title = f"{len(W)} of {n} units" if n > len(W) else ""
    return {"W1": tiled(tiles, [[f"unit {i}"] for i in range(1, len(W) + 1)], title)}


def boundary(moment: Moment) -> Pictures:
    """Show, for examples in the plane, the output everywhere, the line where the class changes, and the examples."""
    X, Y = moment.dataset.train
    if len(X) != 2 or moment.dataset.classes is None:
        return {}
    low, high = _range(X)
    x, y = (np.linspace(a, b, COARSE) for a, b in zip(low, high, strict=True))
    grid = np.stack([part.ravel() for part in np.meshgrid(x, y)])
    engine = moment.live.engine
    A = engine.predict(engine.place(grid)).reshape(COARSE, COARSE)[::-1].clip(0, 1).astype(np.float64)
    colours = _blend(1 - np.round(SHADES * A[..., None]) / SHADES)  # few shades are small in a file
    over = A > 0.5
    colours[:-1][over[:-1] != over[1:]] = INK
    colours[:, :-1][over[:, :-1] != over[:, 1:]] = INK
    canvas = Image.fromarray(colours.astype(np.uint8)).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(canvas)
    for point, label in zip(_to_pixels(X, low, high), Y[0], strict=True):
        dot(draw, point, BLUE if label else RED)
    legend = list(zip((RED, BLUE), moment.dataset.classes, strict=True))
    return {"decision_boundary": titled(canvas, f"iteration {moment.iteration}", legend)}


def fit(moment: Moment) -> Pictures:
    """Show, for examples with one feature, the output as a curve over the training set."""
    X, Y = moment.dataset.train
    if len(X) != 1:
        return {}
    left, right = _range(X)
    x = np.linspace(left, right, COARSE).T
    engine = moment.live.engine
    curve = engine.predict(engine.place(x))
    low, high = _range(np.concatenate([X, Y]))
    canvas = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(canvas)
    for point in _to_pixels(np.concatenate([X, Y]), low, high):
        dot(draw, point, BLUE)
    line = [(a, b) for a, b in _to_pixels(np.concatenate([x, curve]), low, high)]
    draw.line(line, rgb(RED), 2)
    legend = [(RED, "prediction"), (BLUE, "training set")]
    return {"fit": titled(canvas, f"iteration {moment.iteration}", legend)}


def thumbnails(part: Part, shape: tuple[int, int, int] | None, classes: bool) -> NDArray[np.float64] | None:
    """Return a tile (m, 3, height, width) in [0, 1] for each example, so that its class is seen at once.

    A picture has a frame in the colour of its class; an example that is none is a square of that colour.
    """
    if shape is None and not classes:
        return None
    colours = np.where(part.Y.T > 0.5, BLUE, RED)[:, None, None, :] / 255
    if shape is None:
        return np.tile(colours, (1, FRAME * 4, FRAME * 4, 1)).transpose(0, 3, 1, 2)
    stride, times = -(-max(shape[:2]) // TILE), max(1, TILE // 2 // max(shape[:2]))
    tiles = np.stack([np.asarray(tile)[::stride, ::stride] / 255 for tile in pictures_of(part.X, shape)])
    tiles = tiles.repeat(times, axis=1).repeat(times, axis=2)
    _, height, width, _ = tiles.shape
    side = max(height, width) + 2 * FRAME  # torch's sprite has room for squares
    framed = np.tile(colours if classes else np.ones_like(colours), (1, side, side, 1))
    framed[:, FRAME : FRAME + height, FRAME : FRAME + width] = tiles
    return framed.transpose(0, 3, 1, 2)


def pictures_of(X: Array, shape: tuple[int, int, int]) -> list[Image.Image]:
    """Return the columns of X, in [0, 1], as pictures; unless there are three channels, they become one grey."""
    pixels = (X.T.reshape(-1, *shape).clip(0, 1) * 255).round().astype(np.uint8)
    if shape[2] != 3:
        pixels = np.repeat(pixels.mean(axis=3, keepdims=True).astype(np.uint8), 3, axis=3)
    return [Image.fromarray(picture) for picture in pixels]


def tiled(tiles: Iterable[Image.Image], captions: list[list[str]], title: str = "") -> Pixels:
    """Lay out pictures side by side, small ones enlarged without smoothing, lines of text below each."""
    enlarged = [tile.resize(_scaled(tile), Image.Resampling.NEAREST) for tile in tiles]
    texts = [line for caption in captions for line in caption] or [""]
    height = max((tile.height for tile in enlarged), default=0) + LINE * max(map(len, captions), default=0) + GAP
    width = max(*(tile.width for tile in enlarged), *(round(FONT.getlength(t)) for t in texts), 0) + GAP
    columns = max(1, min(len(enlarged), WIDE // width))
    rows = -(-len(enlarged) // columns)
    canvas = Image.new("RGB", (width * columns + GAP, height * rows + GAP), PAPER)
    draw = ImageDraw.Draw(canvas)
    for i, (tile, caption) in enumerate(zip(enlarged, captions, strict=True)):
        left, top = GAP + i % columns * width, GAP + i // columns * height
        canvas.paste(tile, (left, top))
        for k, line in enumerate(caption):
            draw.text((left, top + tile.height + k * LINE), line, INK, FONT)
    return titled(canvas, title) if title else np.asarray(canvas)


def titled(picture: Image.Image, title: str, legend: Sequence[tuple[Array, str]] = ()) -> Pixels:
    """Put a picture below a line of text that says what its colours mean."""
    texts = [title, *(name for _, name in legend)]
    lefts = [GAP + sum(round(FONT.getlength(text)) + 4 * GAP for text in texts[:i]) for i in range(len(texts) + 1)]
    canvas = Image.new("RGB", (max(picture.width, lefts[-1] - 3 * GAP), picture.height + LINE + GAP), PAPER)
    draw = ImageDraw.Draw(canvas)
    for left, text in zip(lefts, texts, strict=False):
        draw.text((left, GAP // 2), text, INK, FONT)
    for left, (colour, _) in zip(lefts[1:], legend, strict=False):
        dot(draw, (left - GAP, GAP // 2 + LINE // 2), colour)
    canvas.paste(picture, (0, LINE + GAP))
    return np.asarray(canvas)


def _scaled(tile: Image.Image) -> tuple[int, int]:
    factor = max(1, TILE // max(tile.size))
    return tile.width * factor, tile.height * factor


def _class(moment: Moment, y: float) -> str:
    classes = moment.dataset.classes
    return f"{y:g}" if classes is None else classes[int(y)]


def _signed(w: Array) -> Image.Image:
    """Return numbers in [-1, 1] as a picture: blue, white, red."""
    return Image.fromarray(_blend((1 + w[..., None]) / 2).astype(np.uint8))


def _blend(A: Array) -> NDArray[np.float64]:
    """Return numbers (..., 1) in [0, 1] as colours: blue, white, red."""
    towards = np.where(A > 0.5, RED, BLUE)
    return 255 + (towards - 255) * np.abs(2 * A - 1) * 0.8


def _range(X: Array) -> tuple[Array, Array]:
    low, high = X.min(axis=1), X.max(axis=1)
    margin = 0.08 * np.where(high > low, high - low, 1)
    return low - margin, high + margin


def _to_pixels(X: Array, low: Array, high: Array) -> list[tuple[float, float]]:
    shares = ((X.T - low) / (high - low)).clip(-1, 2)
    return [(SIDE * a, SIDE * (1 - b)) for a, b in shares.tolist()]


def dot(draw: ImageDraw.ImageDraw, point: tuple[float, float], colour: Array) -> None:
    """Draw a dot with a rim of the paper's colour."""
    x, y = point
    draw.ellipse((x - 3, y - 3, x + 3, y + 3), rgb(colour), PAPER)


def rgb(colour: Array) -> tuple[int, ...]:
    """Return a colour as Pillow takes it."""
    return tuple(colour.astype(int).tolist())
