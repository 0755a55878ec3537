"""A picture of any size as the input of a network."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from reference_numpy.notation import picture_to_column, scale_pixels

from .hdf5 import MODES, Array, DataError, check_file, refusal

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
MAX_PIXELS = 50_000_000
MAX_SIDE = 30_000
MAX_BYTES = 2**27


def read_picture(path: str | Path, shape: tuple[int, int, int], invert: bool = False) -> Array:
    """Read a picture as the network's input, a column (n_x, 1) in [0, 1]; it is stretched to height and width.

    Raises DataError for a file of an unknown format, and for one that is damaged or too large.
    """
    height, width, channels = shape
    picture = _opaque(_decoded(Path(path))).convert(MODES[channels])
    if invert:
        picture = ImageOps.invert(picture)
    fitted = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)).reshape(shape)
    return scale_pixels(picture_to_column(fitted))


def _decoded(path: Path) -> Image.Image:
    """Return the picture upright; its size is checked before a pixel is unpacked."""
    check_file(path, f"a picture, {', '.join(FORMATS)}", "it is to be predicted", MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what else a file holds, such as a damaged Exif
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                    found = f"{picture.width} x {picture.height} pixels"
                    expected = f"at most {MAX_PIXELS} in all and {MAX_SIDE} a side"
                    raise refusal(path, found, expected, "it must fit in memory")
                return ImageOps.exif_transpose(picture)
    except DataError:
        raise
    except Exception as error:  # a damaged picture makes Pillow raise nearly every class there is
        found = f"{type(error).__name__} ({error})"
        raise refusal(path, found, f"a whole picture, {', '.join(FORMATS)}", "it cannot be read") from None


def _opaque(picture: Image.Image) -> Image.Image:
    """Return the picture with 8 bits for each channel, and white where it is transparent."""
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits of grey
        return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
