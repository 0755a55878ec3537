"""Every kind of picture, fitted to the network; strange or damaged ones are refused."""

import io
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backproof.data.hdf5 import DataError
from backproof.data.pictures import MAX_PIXELS, read_picture

from .files import damaged

GREY, COLOUR = (8, 8, 1), (6, 4, 3)
RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4


# Every kind of picture


def column(picture: Image.Image, shape: tuple[int, int, int], folder: Path, **save: Any) -> Any:
    path = folder / f"picture.{save.pop('format', 'png')}"
    picture.save(path, **save)
    return read_picture(path, shape)


@pytest.mark.parametrize("format", ["png", "bmp", "webp"])
def test_the_pixels_of_a_picture_that_fits_are_the_input(format: str, tmp_path: Path) -> None:
    X = column(Image.fromarray(RAMP), GREY, tmp_path, format=format, **({"lossless": True} if format == "webp" else {}))
    assert X.shape == (64, 1)
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X[:, 0] * 255, RAMP.ravel())


def test_a_jpeg_is_nearly_the_same(tmp_path: Path) -> None:
    X = column(Image.fromarray(RAMP), GREY, tmp_path, format="jpg", quality=100)
    assert np.abs(X[:, 0] - RAMP.ravel() / 255).max() < 0.02


def test_colours_are_in_the_order_of_the_training_pictures(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, COLOUR, dtype=np.uint8)
    X = column(Image.fromarray(pixels), COLOUR, tmp_path)
    np.testing.assert_array_equal(X[:, 0] * 255, pixels.ravel())


def solid(mode: str, colour: Any) -> Image.Image:
    return Image.new(mode, (4, 6), colour)


def palette(transparent: bool) -> Image.Image:
    picture = Image.new("P", (4, 6), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
    if transparent:
        picture.info["transparency"] = 1
    return picture


# mode: (picture, its one colour as the network sees it)
KINDS: dict[str, tuple[Callable[[], Image.Image], tuple[float, float, float]]] = {
    "RGB": (lambda: solid("RGB", (10, 20, 30)), (10, 20, 30)),
    "grey": (lambda: solid("L", 77), (77, 77, 77)),
    "black and white": (lambda: solid("1", 1), (255, 255, 255)),
    "opaque": (lambda: solid("RGBA", (10, 20, 30, 255)), (10, 20, 30)),
    "transparent": (lambda: solid("RGBA", (10, 20, 30, 0)), (255, 255, 255)),
    "half transparent": (lambda: solid("RGBA", (0, 0, 0, 51)), (204, 204, 204)),
    "grey with alpha": (lambda: solid("LA", (100, 0)), (255, 255, 255)),
    "palette": (lambda: palette(False), (255, 0, 0)),
    "palette with a transparent colour": (lambda: palette(True), (255, 255, 255)),
    "16 bits": (lambda: Image.fromarray(np.full((6, 4), 0x8040, np.uint16)), (128, 128, 128)),
}


@pytest.mark.parametrize(("make", "colour"), KINDS.values(), ids=KINDS.keys())
def test_every_kind_of_picture(make: Callable[[], Image.Image], colour: Any, tmp_path: Path) -> None:
    picture = make()
    extra = {"transparency": picture.info["transparency"]} if "transparency" in picture.info else {}
    X = column(picture, COLOUR, tmp_path, **extra)
    np.testing.assert_array_equal(X.reshape(COLOUR) * 255, np.broadcast_to(colour, COLOUR))
    grey = read_picture(tmp_path / "picture.png", GREY)
    np.testing.assert_allclose(grey * 255, np.dot(colour, (0.299, 0.587, 0.114)), atol=0.6)


def test_cmyk(tmp_path: Path) -> None:
    X = column(solid("CMYK", (0, 0, 0, 255)), COLOUR, tmp_path, format="jpg")
    assert X.max() < 0.02


def test_a_camera_that_was_held_upright(tmp_path: Path) -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, :3] = 250  # the left half, which turned by a quarter clockwise is the upper half
    exif = Image.Exif()
    exif[0x0112] = 6
    X = column(Image.fromarray(pixels), COLOUR, tmp_path, exif=exif).reshape(COLOUR)
    assert X[:3].min() > 0.9
    assert X[3:].max() < 0.1


def test_a_large_picture_is_fitted(tmp_path: Path) -> None:
    pixels = np.zeros((300, 900), np.uint8)
    pixels[:, 450:] = 255
    X = column(Image.fromarray(pixels), GREY, tmp_path).reshape(8, 8)
    assert X[:, :3].max() < 0.1
    assert X[:, 5:].min() > 0.9


def test_inverted_ink(tmp_path: Path) -> None:
    Image.fromarray(255 - RAMP).save(tmp_path / "p.png")
    X = read_picture(tmp_path / "p.png", GREY, invert=True)
    np.testing.assert_array_equal(X[:, 0] * 255, RAMP.ravel())


# What is refused


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG that declares any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    packed = zlib.compress(pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def encoded(format: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)).save(stream, format)
    return stream.getvalue()


SIDE = int(MAX_PIXELS**0.5) + 1
STRANGE = {
    "empty": (b"", "expected a whole picture, PNG, JPEG, WEBP, BMP"),
    "text": (b"hello", "found UnidentifiedImageError"),
    "gif": (encoded("GIF"), "found UnidentifiedImageError"),
    "tiff": (encoded("TIFF"), "found UnidentifiedImageError"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "found UnidentifiedImageError"),
    "cut short": (encoded("PNG")[:900], "expected a whole picture"),
    "cut short jpeg": (encoded("JPEG")[:900], "expected a whole picture"),
    "slightly too large": (png(SIDE, SIDE), f"found {SIDE} x {SIDE} pixels, expected at most {MAX_PIXELS} in all"),
    "bomb": (png(9000, 9000, bytes(9001 * 9000)), "found 9000 x 9000 pixels, expected at most"),
    "huge bomb": (png(2**31 - 1, 2**31 - 1), "Decompression"),
    "no pixels": (png(8, 8), "expected a whole picture"),
}


@pytest.mark.parametrize(("content", "message"), STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_picture_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_picture(path, GREY)
    assert str(error.value).startswith(f"{path}: found ")
    assert message in str(error.value)


def test_an_absurdly_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backproof.data.pictures.MAX_BYTES", 100)
    (tmp_path / "p.bmp").write_bytes(encoded("BMP"))
    with pytest.raises(DataError, match=r"found \d+ bytes, expected at most 100"):
        read_picture(tmp_path / "p.bmp", GREY)


def test_the_limit_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(png(2000, 1000, bytes(2001 * 1000)))
    np.testing.assert_array_equal(read_picture(tmp_path / "p.png", GREY), np.zeros((64, 1)))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_damaged_picture_is_refused_or_harmless(format: str, tmp_path: Path) -> None:
    good, path, rng = encoded(format), tmp_path / "p", random.Random(format)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        path.write_bytes(damaged(good, rng))
        try:
            X = read_picture(path, COLOUR)
        except DataError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            assert X.shape == (72, 1)
            assert 0 <= X.min() <= X.max() <= 1
    assert min(outcomes.values()) >= 10
