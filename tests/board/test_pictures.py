"""Figures and pictures of a moment."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch.utils.tensorboard import SummaryWriter

from backproof.board import pictures
from backproof.board.board import open_board, times
from backproof.board.figures import Moment, dead_units, update_ratios
from backproof.data.sets import Part
from backproof.training.engine import Live
from backproof.training.engines import initial_parameters, make_engine
from backproof.training.loop import train as train_network
from tests.configs import ENGINES, load, options
from tests.training.trained import Log

from .moments import moment_of
from .reading import read


@ENGINES
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_update_ratio_is_that_of_the_update_that_follows(engine: str, momentum: float) -> None:
    config = options("flower", engine=engine, device="cpu", momentum=momentum, iterations=4, log_every=1)

    class Ratios(Log):
        def record(self, record: Any, live: Live) -> None:
            super().record(record, live)
            ratios.append(update_ratios(Moment(config, data, record["iteration"], live)))

    ratios: list[Any] = []
    data, log = load(config), Ratios()
    train_network(config, data, make_engine(config, initial_parameters(config, 2)), [log])
    for i, (before, after) in enumerate(zip(log.seen, log.seen[1:], strict=False)):
        for name in ("W1", "W2"):
            moved = np.linalg.norm(after[name] - before[name]) / np.linalg.norm(before[name])
            assert ratios[i][name] == pytest.approx(moved, rel=1e-9)


def test_weights_of_zero_have_no_update_ratio() -> None:
    assert update_ratios(moment_of(options("cancer", engine="numpy", init="zeros"))) == {"W1": None}


@pytest.mark.parametrize("g", ["relu", "leaky_relu"])
@ENGINES
def test_dead_units_are_those_above_zero_for_no_example(engine: str, g: str) -> None:
    config = options("flower", engine=engine, device="cpu", layers=(8, 4), activation=g)
    b1 = np.array([[-1e3]] * 6 + [[1e3]] * 2)
    found = dead_units(moment_of(config, {"b1": b1, "b2": np.array([[1e9], [-1e9], [1e9], [1e9]])}))
    assert found == {"layer1": 0.75, "layer2": 0.25}
    assert dead_units(moment_of(options("flower", engine=engine, device="cpu"))) == {}


def test_misclassified_pictures_are_captioned(monkeypatch: pytest.MonkeyPatch) -> None:
    config = options(engine="numpy", layers=())
    moment = moment_of(config, {"W1": np.zeros((1, 64)), "b1": np.array([[2.0]])})  # all are taken for odd
    seen: list[Any] = []
    monkeypatch.setattr(pictures, "tiled", lambda *args: seen.append(args))
    pictures.mistakes(moment)
    (tiles, captions, title) = seen[0]
    assert captions == [["is even", "said odd 88%"]] * pictures.MOST
    assert len(tiles) == pictures.MOST
    assert moment.dataset.test is not None
    even = int(np.sum(moment.dataset.test.Y == 0))
    assert title == f"{even} of 360 test pictures are misclassified; the 12 surest"
    first = moment.dataset.test.X[:, int(np.argmin(moment.dataset.test.Y[0]))].reshape(8, 8)
    np.testing.assert_array_equal(np.asarray(tiles[0])[..., 0], np.round(255 * first).astype(np.uint8))


def test_the_decision_boundary_is_where_the_class_changes() -> None:
    moment = moment_of(options("flower", layers=(), engine="numpy"), {"W1": np.array([[5.0, 0.0]])})
    picture = pictures.boundary(moment)["decision_boundary"][23:].astype(int)
    red_minus_blue = picture[..., 0] - picture[..., 2]
    assert red_minus_blue[:, 5].min() > 50  # X_1 < 0: class 0, red
    assert red_minus_blue[:, -5].max() < -50
    np.testing.assert_array_less(picture.sum(axis=2).min(axis=1), 400)  # each line crosses the dark boundary


def test_the_second_feature_rises_upwards_and_each_class_has_its_dots() -> None:
    X = np.array([[0.0, 0.0], [-3.0, 3.0]])  # below is class 0, above class 1
    config = options("flower", layers=(), engine="numpy")
    data = dataclasses.replace(load(config), train=Part(X, np.array([[0.0, 1.0]])), test=None)
    moment = moment_of(config, {"W1": np.array([[0.0, -9.0]])}, data)  # the network says the contrary
    picture = pictures.boundary(moment)["decision_boundary"][23:].astype(int)
    red_minus_blue = picture[..., 0] - picture[..., 2]
    assert red_minus_blue[5].min() > 50  # above, the network says class 0
    assert red_minus_blue[-5].max() < -50
    below, above = (tuple(round(place) for place in point) for point in pictures._to_pixels(X, *pictures._range(X)))
    assert below[1] > above[1]
    np.testing.assert_array_equal(picture[below[1], below[0]], pictures.RED)
    np.testing.assert_array_equal(picture[above[1], above[0]], pictures.BLUE)


def test_the_confusion_matrix_has_true_classes_in_rows() -> None:
    Y, A = np.array([[0.0, 0, 0, 1, 1, 1, 1]]), np.array([[0.1, 0.9, 0.8, 0.7, 0.4, 0.6, 0.9]])
    np.testing.assert_array_equal(pictures.confusion_matrix(Y, A), [[1, 2], [1, 3]])


def test_the_confusion_matrix_is_drawn_by_its_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = moment_of(options(engine="numpy", layers=()), {"W1": np.zeros((1, 64)), "b1": np.array([[2.0]])})
    written: list[str] = []
    right = ImageDraw.ImageDraw.text

    def noted(self: Any, xy: Any, text: str, *args: Any) -> None:
        written.append(text)
        right(self, xy, text, *args)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    drawn = pictures.confusion(moment)["confusion"].astype(int)
    Y = moment.shown[0].Y[0]
    title = "test set: true class by row, predicted by column"
    counts = ["0", str(np.sum(Y == 0)), "0", str(np.sum(Y == 1))]
    assert written == ["even", "even", "odd", "odd", *counts, title]
    blue = drawn[60:, :, 2] - drawn[60:, :, 0]
    assert blue[:, 160].max() > 50  # all are taken for odd: the second column is blue
    assert blue[:, 90].max() < 50
    assert (blue[[40, 120], 160] > 50).all()  # in both rows
    assert pictures.confusion(moment_of(options("housing", engine="numpy"))) == {}


def test_one_picture_takes_the_room_of_one() -> None:
    one, two = (pictures.tiled([Image.new("RGB", (64, 64))] * n, [["a"]] * n).shape for n in (1, 2))
    assert two[1] - one[1] == one[1] - pictures.GAP
    assert two[0] == one[0]


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_pictures_of_any_channels(channels: int) -> None:
    shape = (5, 4, channels)
    X = np.random.default_rng(0).random((20 * channels, 3))
    tiles = pictures.pictures_of(X, shape)
    assert [tile.size for tile in tiles] == [(4, 5)] * 3
    expected = X[:, 0].reshape(shape).mean(axis=2) if channels < 3 else X[:, 0].reshape(shape)[..., 0]
    np.testing.assert_allclose(np.asarray(tiles[0])[..., 0] / 255, expected, atol=1.1 / 255)
    data = load(options())
    odd = dataclasses.replace(
        data, shape=shape, train=data.train._replace(X=np.resize(X, (20 * channels, 9))), test=None
    )
    odd = dataclasses.replace(odd, train=odd.train._replace(Y=odd.train.Y[:, :9]))
    moment = moment_of(options(engine="numpy", layers=(2,)), data=odd)
    for drawn in (pictures.samples(moment), pictures.first_weights(moment)):
        assert all(picture.ndim == 3 for picture in drawn.values())


@pytest.mark.parametrize("shape", [(9, 2, 1), (2, 9, 3), (100, 300, 1), (1, 1, 2)])
@pytest.mark.parametrize("classes", [True, False])
def test_thumbnails_of_any_shape_are_squares_with_the_colour_of_their_class(
    shape: tuple[int, int, int], classes: bool, tmp_path: Path
) -> None:
    part = Part(np.full((math.prod(shape), 7), 0.5), np.array([[0.0, 1, 0, 1, 1, 0, 0]]))
    tiles = pictures.thumbnails(part, shape, classes)
    assert tiles is not None
    assert tiles.shape[:2] == (7, 3)
    assert 30 < tiles.shape[2] == tiles.shape[3] <= 80
    assert (tiles[:, 2, 0, 0] > tiles[:, 0, 0, 0]).tolist() == [bool(y) and classes for y in part.Y[0]]
    assert tiles[0, :, pictures.FRAME, pictures.FRAME] == pytest.approx(0.5, abs=0.01)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_embedding(np.ones((7, 3)), label_img=torch.from_numpy(tiles))


def test_an_example_that_is_no_picture_is_a_square_of_its_colour() -> None:
    part = Part(np.ones((2, 3)), np.array([[0.0, 1, 1]]))
    tiles = pictures.thumbnails(part, None, classes=True)
    assert tiles is not None
    assert (tiles[:, 2] > tiles[:, 0]).all(axis=(1, 2)).tolist() == [False, True, True]
    assert pictures.thumbnails(part, None, classes=False) is None


@pytest.mark.parametrize("value", [1e308, -1e308, np.inf, np.nan])
@pytest.mark.parametrize("data", ["digits", "flower", "housing"])
def test_values_out_of_all_bounds_stop_no_training(data: str, value: float, folder: Path) -> None:
    config = options(data, engine="numpy", iterations=1, histograms=2, parity_every=1, board=True)
    dataset = load(config)
    n_x = len(dataset.train.X)
    L = len(config.network.layers) + 1
    moment = moment_of(
        config, {f"b{L}": np.array([[value]]), "W1": np.full(((*config.network.layers, 1)[0], n_x), value)}
    )
    record: Any = {"iteration": 0, "cost": value, "gradient_norm": value, "test_cost": value, "train_accuracy": None}
    with open_board(config, dataset, folder, 0) as board:
        board.record(record | {"test_accuracy": None}, moment.live)
        for iteration in (0, 1):
            board.look(iteration, moment.live)
    assert len(read(folder).Scalars("cost/train")) == 1


def test_moments_are_spread_over_the_run() -> None:
    config = options(iterations=100)
    assert times(0)(config) == set()
    assert times(1)(config) == {100}
    assert times(5)(config) == {0, 25, 50, 75, 100}
    assert times(1000)(config) == set(range(101))
