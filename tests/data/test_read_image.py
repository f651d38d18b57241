"""Pictures as a viewer shows them, whatever the file says and how."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.data import from_folder
from keras_contrastive.data._read_image import LEFT_TO_RESIZE
from keras_contrastive.data._resize import resize

PICTURE = np.zeros((16, 32, 3), "uint8")
PICTURE[:8] += np.array([200, 40, 40], "uint8")
PICTURE[:, :8] += np.array([0, 0, 120], "uint8")
# How each orientation of EXIF stores an upright picture.
STORED = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, 1),
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: np.rot90(x, -1),
}
FORMATS = {
    "png": {},
    "tif": {},
    "webp": {"lossless": True},
    "jpg": {"quality": 100, "subsampling": 0},
}


def read(folder, image_size=(8, 16), **kwargs):
    return next(iter(from_folder(folder, 1, image_size=image_size, **kwargs)))


def color(folder, **kwargs):
    """The color of a picture that has only one."""
    ((image,),) = [read(folder, image_size=2, **kwargs)]
    assert (image == image[0, 0]).all()
    return image[0, 0].tolist()


def gray(folder):
    return read(folder, image_size=(1, 4))[0, 0, :, 0].tolist()


@pytest.mark.parametrize("ending", FORMATS)
def test_every_orientation(tmp_path, ending):
    for orientation, stored in STORED.items():
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(np.ascontiguousarray(stored(PICTURE))).save(
            tmp_path / f"{orientation}.{ending}", exif=exif, **FORMATS[ending]
        )
    (images,) = from_folder(tmp_path, 8, image_size=(16, 32), shuffle=False)
    assert np.abs(images.astype(int) - PICTURE).max() <= 4 * (ending == "jpg")


def test_a_turned_photograph_that_is_decoded_at_a_fraction(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    upright = np.kron(PICTURE, np.ones((20, 20, 1), "uint8"))
    turned = np.ascontiguousarray(np.rot90(upright))
    options = {"quality": 100, "subsampling": 0}
    Image.fromarray(upright).save(tmp_path / "0.jpg", **options)
    Image.fromarray(turned).save(tmp_path / "1.jpg", exif=exif, **options)
    images = next(iter(from_folder(tmp_path, 2, image_size=(10, 30))))
    first, second = images.astype(int)
    assert np.abs(first - second).max() <= 8


def stripes(side, frequency, angle):
    """A JPEG of waves from 28 to 228."""
    y, x = np.mgrid[:side, :side]
    along = x * np.cos(angle) + y * np.sin(angle)
    waves = 128 + 100 * np.sin(2 * np.pi * frequency * along)
    file = io.BytesIO()
    Image.fromarray(waves.astype("uint8")).save(file, "JPEG", quality=100)
    return file


@pytest.mark.parametrize("fraction", [2, 4, 8])
def test_a_fraction_still_removes_what_is_too_fine(tmp_path, fraction):
    size, ratio = 32, LEFT_TO_RESIZE * fraction
    exact = []
    # Waves a pixel of the result, of which it can show at most half a one.
    for frequency in np.arange(0.55, min(ratio / 2, 2), 0.1):
        for angle in (0.1, 0.5, 0.9):
            file = stripes(round(ratio * size), frequency / ratio, angle)
            (tmp_path / f"{len(exact):02}.jpg").write_bytes(file.getvalue())
            exact.append(resize(Image.open(file), (size, size))[..., 0])
    count = len(exact)
    (images,) = from_folder(tmp_path, count, image_size=size, shuffle=False)
    assert not np.array_equal(images[..., 0], exact)
    left, left_of_exact = [
        np.var(x, axis=(1, 2)).mean() for x in (images[..., 0], exact)
    ]
    assert left < 1.2 * left_of_exact


@pytest.mark.parametrize("orientation", STORED)
def test_a_fraction_is_near_to_the_whole(tmp_path, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    small = np.random.default_rng(0).integers(0, 256, (24, 32), "uint8")
    upright = Image.fromarray(small).resize((499, 373), Image.BICUBIC)
    stored = np.ascontiguousarray(STORED[orientation](np.asarray(upright)))
    Image.fromarray(stored).save(tmp_path / "x.jpg", quality=90, exif=exif)
    for size in (125, 124, 96, 32, 16):
        exact = resize(upright, (size, size)).astype(int)
        difference = np.abs(read(tmp_path, size)[0] - exact)
        assert difference.mean() < 1 and difference.max() <= 8


def test_damaged_exif_hides_no_picture(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "x.png", exif=b"Exif\0\0II*\0oops")
    np.testing.assert_array_equal(read(tmp_path, (16, 32))[0], PICTURE)


def png(depth, kind, row, transparent=b""):
    """A PNG of one row of four pixels."""

    def chunk(name, data):
        check = zlib.crc32(name + data)
        return (
            struct.pack(">I", len(data))
            + name
            + data
            + struct.pack(">I", check)
        )

    header = struct.pack(">IIBBBBB", 4, 1, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + (chunk(b"tRNS", transparent) if transparent else b"")
        + chunk(b"IDAT", zlib.compress(b"\0" + row))
        + chunk(b"IEND", b"")
    )


def tiff(values, photometric=1, bits=None, sample_format=1):
    """A TIFF of one row of four gray pixels."""
    data = values if isinstance(values, bytes) else values.tobytes()
    tags = {
        256: 4,
        257: 1,
        258: bits or 8 * values.itemsize,
        259: 1,
        262: photometric,
        273: 8,
        277: 1,
        278: 1,
        279: len(data),
        339: sample_format,
    }
    entries = [
        struct.pack("<HHIHH", tag, 3, 1, n, 0) for tag, n in tags.items()
    ]
    return (
        b"II*\0"
        + struct.pack("<I", 8 + len(data))
        + data
        + struct.pack("<H", len(tags))
        + b"".join(entries)
        + bytes(4)
    )


SHARES = np.array([0, 0.2, 0.6, 1])


@pytest.mark.parametrize(
    "name, content",
    [
        ("x.png", png(16, 0, (SHARES * 65535).astype(">u2").tobytes())),
        ("x.tif", tiff((SHARES * 65535).astype("<u2"))),
        ("white_is_zero.tif", tiff((65535 * (1 - SHARES)).astype("<u2"), 0)),
        ("12_bits.tif", tiff(bytes.fromhex("000333999fff"), bits=12)),
        (
            "signed.tif",
            tiff((SHARES * 32767).round().astype("<i2"), sample_format=2),
        ),
        ("32_bits.tif", tiff((SHARES * (2**32 - 1)).astype("<u4"))),
        ("float.tif", tiff(SHARES.astype("<f4"), sample_format=3)),
    ],
)
def test_the_range_of_a_type_becomes_8_bits(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert gray(tmp_path) == [0, 51, 153, 255]


@pytest.mark.parametrize(
    "content, reason",
    [
        (tiff(2 * SHARES.astype("<f4"), sample_format=3), "from 0.0 to 2.0"),
        (tiff(np.nan * SHARES.astype("<f4"), sample_format=3), "nan"),
        (tiff((-9 * SHARES).astype("<i2"), sample_format=2), "from -9 to 0"),
    ],
)
def test_gray_out_of_range_is_refused(tmp_path, content, reason):
    (tmp_path / "x.tif").write_bytes(content)
    with pytest.raises(ValueError, match=f"x.tif: gray values.*{reason}"):
        gray(tmp_path)


def test_1_bit(tmp_path):
    Image.new("1", (4, 4), 1).save(tmp_path / "x.tif", compression="group4")
    assert color(tmp_path) == [255, 255, 255]


HIDDEN = {
    "RGBA": ((0, 0, 0, 0), ["png", "webp", "tif"]),
    "LA": ((0, 0), ["png", "tif"]),
    "P": (0, ["png"]),
    "L": (0, ["png"]),
    "1": (0, ["png"]),
    "RGB": ((0, 0, 0), ["png"]),
}


def test_what_is_transparent_shows_the_background(tmp_path):
    for mode, (value, endings) in HIDDEN.items():
        for ending in endings:
            options = {"lossless": True} if ending == "webp" else {}
            if mode in ("P", "L", "1", "RGB"):
                options["transparency"] = value
            Image.new(mode, (4, 4), value).save(
                tmp_path / f"{mode}.{ending}", **options
            )
    count = sum(len(endings) for _, endings in HIDDEN.values())
    (white,) = from_folder(tmp_path, count, image_size=2)
    assert len(white) == 9 and (white == 255).all()
    (green,) = from_folder(tmp_path, 9, image_size=2, background=(0, 9, 0))
    assert (green == [0, 9, 0]).all()


@pytest.mark.parametrize(
    "depth, row",
    [
        (1, b"\x80"),
        (2, b"\xc0"),
        (4, b"\xf0\0"),
        (8, b"\xff\0\0\0"),
        (16, b"\xff\xff" + bytes(6)),
    ],
)
def test_gray_that_is_transparent_at_any_depth(tmp_path, depth, row):
    content = png(depth, 0, row, struct.pack(">H", 2**depth - 1))
    (tmp_path / "x.png").write_bytes(content)
    image = read(tmp_path, (1, 4), background=(9, 8, 7))[0, 0]
    assert image.tolist() == [[9, 8, 7], [0] * 3, [0] * 3, [0] * 3]


def test_half_transparent(tmp_path):
    Image.new("RGBA", (4, 4), (200, 100, 0, 51)).save(tmp_path / "x.png")
    assert color(tmp_path, background=(100, 0, 50)) == [120, 20, 40]


def test_hidden_colors_do_not_bleed(tmp_path):
    pixels = np.zeros((8, 8, 4), "uint8")
    pixels[:, ::2] = [0, 0, 255, 255]
    pixels[:, 1::2] = [255, 0, 0, 0]  # red that nobody sees
    Image.fromarray(pixels).save(tmp_path / "x.png")
    image = read(tmp_path, image_size=1, background=(0, 0, 0))
    red, green, blue = image[0, 0, 0].tolist()
    assert red == green == 0 and 120 < blue < 135


def test_colors_of_print(tmp_path):
    cyan = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    cyan.save(tmp_path / "x.jpg", quality=100)  # inverted, as of Adobe
    cyan.save(tmp_path / "x.tif")
    for image in from_folder(tmp_path, 1, image_size=2, shuffle=False):
        assert np.abs(image.astype(int) - [0, 255, 255]).max() < 5


@pytest.mark.parametrize("ending", ["png", "webp", "tif", "jpg"])
def test_the_first_of_several_images(tmp_path, ending):
    first, *others = [Image.new("RGB", (8, 8), (i, i, i)) for i in (60, 180)]
    options = {"format": "MPO"} if ending == "jpg" else {}
    first.save(
        tmp_path / f"x.{ending}",
        save_all=True,
        append_images=others,
        **options,
    )
    assert np.abs(np.array(color(tmp_path)) - 60).max() <= 2


def test_height_and_width(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read(tmp_path, (16, 32))[0], PICTURE)
    # The middle is kept of what does not fit.
    np.testing.assert_array_equal(read(tmp_path, (16, 4))[0], PICTURE[:, 14:18])
    np.testing.assert_array_equal(read(tmp_path, (2, 32))[0], PICTURE[7:9])
    assert read(tmp_path, (90, 1)).shape == (1, 90, 1, 3)


@pytest.mark.parametrize(
    "name, value",
    [
        ("image_size", (8, 0)),
        ("image_size", (8, 8, 3)),
        ("image_size", ()),
        ("image_size", None),
        ("background", 255),
        ("background", (0, 0)),
        ("background", (0, 0, 256)),
        ("background", "white"),
    ],
)
def test_wrong_arguments(tmp_path, name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received"):
        from_folder(tmp_path, 1, **{"image_size": 4, name: value})
