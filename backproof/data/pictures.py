"""A picture of any size as the input of a network."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from reference_numpy.notation import flatten_pictures, scale_pixels

from .hdf5 import MODES, Array, DataError, absence, refusal

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
MAX_PIXELS = 50_000_000
MAX_BYTES = 2**27


def read_picture(path: str | Path, shape: tuple[int, int, int], invert: bool = False) -> Array:
    """A picture as the network's input, one column (n_x, 1) in [0, 1]; it is stretched to the height and width.

    Raises DataError for a file that is no picture of a known format, is damaged, or is too large.
    """
    height, width, channels = shape
    picture = _opaque(_decoded(Path(path))).convert(MODES[channels])
    if invert:
        picture = ImageOps.invert(picture)
    fitted = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)).reshape(1, *shape)
    return scale_pixels(flatten_pictures(fitted))


def _decoded(path: Path) -> Image.Image:
    """The picture upright; its size is known, and refused, before a pixel is unpacked."""
    if not path.is_file():
        raise refusal(path, absence(path), f"a picture, {', '.join(FORMATS)}", "it is to be predicted")
    if (n_bytes := path.stat().st_size) > MAX_BYTES:
        raise refusal(path, f"{n_bytes} bytes", f"at most {MAX_BYTES}", "it must fit in memory")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    found = f"{picture.width} x {picture.height} pixels"
                    raise refusal(path, found, f"at most {MAX_PIXELS} in all", "it must fit in memory")
                return ImageOps.exif_transpose(picture)
    except DataError:
        raise
    except Exception as error:  # a damaged picture makes Pillow raise nearly every class there is
        found = f"{type(error).__name__} ({error})"
        raise refusal(path, found, f"a whole picture, {', '.join(FORMATS)}", "it cannot be read") from None


def _opaque(picture: Image.Image) -> Image.Image:
    """8 bits for each channel, and white where the picture is transparent."""
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits of grey
        return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
