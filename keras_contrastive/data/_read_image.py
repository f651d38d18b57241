"""From a file to pixels, as a viewer shows them."""

import math
import os
import stat
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from keras_contrastive.data._resize import resize

# Without GIF and SVG, which may hold films and programs.
FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
MAX_PIXELS = 64_000_000
LARGE = 4_000_000
# How many times smaller a JPEG becomes after it is decoded at a fraction, at
# least. With 1.5 finer stripes than the result can show come through no
# stronger than without a fraction; with 1 they do.
LEFT_TO_RESIZE = 1.5
WHITE = (255, 255, 255)
# What restores the picture from each orientation of EXIF.
TURNS: dict[Any, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, -1),
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}
SIDEWAYS = (5, 6, 7, 8)
# Tags of EXIF and TIFF.
BITS, PHOTOMETRIC, ORIENTATION, SAMPLE_FORMAT = 258, 262, 274, 339
# Pillow widens the gray of few bits, but not the one that is transparent.
WIDENED = {"1": 255, "L;2": 85, "L;4": 17}


def read_image(
    file: str,
    image_size: tuple[int, int],
    max_pixels: int,
    background: tuple[int, int, int],
    large: Executor | None,
) -> np.ndarray:
    """Reads one image; if it has many pixels, in a thread of `large`, if any.

    Returns:
        `uint8` array `(*image_size, 3)`.

    Raises:
        ValueError: If there is no such image. The message is the reason.
    """
    try:
        # Pillow maps files that it opens itself into memory: one that another
        # program cuts short meanwhile would end the process.
        with (
            open(file, "rb", opener=without_waiting) as content,
            Image.open(content, formats=FORMATS) as image,  # the header only
        ):
            if image.width * image.height > max_pixels:
                raise ValueError(
                    f"{image.width} x {image.height} pixels are more than "
                    f"`max_pixels={max_pixels}`"
                )
            # A JPEG is decoded at a fraction of its size if that is enough.
            side = math.ceil(LEFT_TO_RESIZE * max(image_size))
            fraction = image.draft("RGB", (side, side))
            if not large or image.width * image.height <= LARGE:
                picture = in_rgb(image, background)
                # The size before it is rounded up to full pixels.
                size = fraction[1][2:] if fraction else image.size
                return turned(picture, size, image_size, orientation(image))
        task = large.submit(
            read_image, file, image_size, max_pixels, background, None
        )
        return task.result()
    except MemoryError:
        raise
    # Whatever a decoder makes of bytes that are no image.
    except Exception as error:
        raise ValueError(reason_of(error)) from error


def without_waiting(file: str, flags: int) -> int:
    """Opens a regular file that holds something, and waits for no pipe."""
    descriptor = os.open(file, flags | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        return descriptor
    os.close(descriptor)
    is_empty = stat.S_ISREG(status.st_mode)
    raise ValueError("the file is empty" if is_empty else "no regular file")


def reason_of(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"no image of the formats {', '.join(FORMATS)}"
    return getattr(error, "strerror", None) or str(error) or repr(error)


def in_rgb(image: Any, background: tuple[int, int, int]) -> Any:
    """Returns an opened image as it is stored, in RGB, on its ground."""
    widened = WIDENED.get(image.tile[0][3]) if image.tile else None
    image.load()
    if widened and "transparency" in image.info:
        gray = image.info["transparency"]
        image.info["transparency"] = min(gray * widened, 255)
    if image.mode.startswith(("I", "F")):
        image = in_8_bits(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, background)
        ground.paste(image, mask=image)
        image = ground
    elif image.mode != "RGB":
        image = image.convert("RGB")
    return image


def turned(
    image: Any,
    size: tuple[float, float],
    image_size: tuple[int, int],
    orientation: int | None,
) -> np.ndarray:
    """Resizes an image as it is stored, and turns what is then small."""
    if orientation in SIDEWAYS:
        image_size = image_size[::-1]
    pixels = resize(image, image_size, size)
    return TURNS.get(orientation, lambda x: x)(pixels)


def orientation(image: Any) -> int | None:
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # Damaged EXIF hides no picture.
        return None


def in_8_bits(image: Any) -> Any:
    """Scales gray of more bits: all that its type can hold becomes 0..255."""
    tags = getattr(image, "tag_v2", {})
    values = np.asarray(image)
    if values.dtype.kind == "f":
        top = 1
    else:
        bits = tags.get(BITS, (16,))[0]
        signed = tags.get(SAMPLE_FORMAT, (1,))[0] == 2
        top = 2 ** (bits - signed) - 1
        if values.dtype == "int32" and not signed:
            values = values.view("uint32")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= top):  # also true of NaN
        raise ValueError(
            f"gray values from {low} to {high}, where black is 0 and white "
            f"{top}"
        )
    if tags.get(PHOTOMETRIC) == 0:
        values = top - values
    gray = Image.fromarray(
        np.rint(values * np.float32(255 / top)).astype("uint8")
    )
    if "transparency" in image.info:
        opaque = values != image.info["transparency"]
        gray.putalpha(Image.fromarray(opaque.astype("uint8") * 255))
    return gray
