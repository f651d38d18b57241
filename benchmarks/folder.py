"""Opening a folder of many files, and reading JPEGs beside `tf.data`.

KERAS_BACKEND=jax python benchmarks/folder.py [--quick]
    [--files 80000 320000 1281167] [--sizes 96 224]

First makes empty files in 1,000 folders, all in one, and each in one of its
own, and prints the seconds of `from_folder` with a warm file cache, and the
exponent of their growth from one number of files to the next. Then reads
pieces of photographs, 500 x 375 pixels at quality 90, by `from_folder` and by
`tf.data` with antialiasing, of the whole image and of the fraction that
libjpeg decodes, in turns. Medians of images a second, and milliseconds a image
of all processors together, which other work disturbs less. Last, how far the
pixels of a fraction are from those of the whole. The last line holds the
ratios.
"""

import argparse
import contextlib
import json
import math
import os
import tempfile
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from photographs import photographs
from PIL import Image
from timing import median_seconds

import keras_contrastive as kc
from keras_contrastive.data import _read_image

HEIGHT, WIDTH, BATCH = 375, 500, 64


def make_tree(root, files, folders):
    for folder in range(folders):
        path = os.path.join(root, f"n{folder:08}")
        os.mkdir(path)
        for file in range(folder, files, folders):
            name = f"{file * 7919 % files:08}.JPEG"
            os.close(os.open(f"{path}/{name}", os.O_CREAT | os.O_WRONLY))


def opening(files, folders):
    """Seconds of `from_folder` without and with labels."""
    with tempfile.TemporaryDirectory() as root:
        make_tree(root, files, folders)
        runs = {
            labels: lambda labels=labels: kc.data.from_folder(
                root, BATCH, image_size=96, labels=labels
            )
            for labels in (False, True)
        }
        return median_seconds(runs, 3)


def print_opening(counts):
    shapes = {
        "1,000 folders": lambda files: 1000,
        "one folder": lambda files: 1,
        "a folder each": lambda files: files,
    }
    for name, folders in shapes.items():
        before = None
        for files in counts:
            if name != "1,000 folders":
                files //= 8  # folders take long to make and to remove
            seconds = opening(files, folders(files))
            line = f"{files} files, {name}: {seconds[False]:.2f} s, with "
            line += f"labels {seconds[True]:.2f} s"
            if before:
                growth = math.log(seconds[True] / before[1])
                line += f", exponent {growth / math.log(files / before[0]):.2f}"
            print(line, flush=True)
            before = files, seconds[True]


def make_photographs(root, count):
    """Saves pieces of photographs, and returns their paths."""
    rng = np.random.default_rng(0)
    pictures = [
        x for x in photographs() if x.shape[0] >= HEIGHT and x.shape[1] >= WIDTH
    ]
    paths = []
    for i in range(count):
        picture = pictures[i % len(pictures)]
        top = rng.integers(picture.shape[0] - HEIGHT + 1)
        left = rng.integers(picture.shape[1] - WIDTH + 1)
        piece = picture[top : top + HEIGHT, left : left + WIDTH]
        paths.append(os.path.join(root, f"{i:05}.jpg"))
        Image.fromarray(np.ascontiguousarray(piece)).save(paths[-1], quality=90)
    return paths


def tf_data(paths, size, ratio):
    """The same images by `tf.data`, decoded at one part of `ratio`."""

    def load(path):
        image = tf.io.decode_jpeg(
            tf.io.read_file(path), channels=3, ratio=ratio
        )
        height, width = HEIGHT // ratio, WIDTH // ratio
        left = (width - height) // 2
        square = image[:, left : left + height]
        square = tf.image.resize(square, (size, size), antialias=True)
        return tf.cast(tf.round(square), "uint8")

    data = tf.data.Dataset.from_tensor_slices(paths)
    data = data.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    return data.batch(BATCH).prefetch(tf.data.AUTOTUNE)


def read(data):
    for _ in data:
        pass


@contextlib.contextmanager
def whole_images():
    """Within it JPEGs are decoded in full."""
    before = _read_image.LEFT_TO_RESIZE
    _read_image.LEFT_TO_RESIZE = 1e6
    try:
        yield
    finally:
        _read_image.LEFT_TO_RESIZE = before


def print_reading(root, paths, size, repeats):
    """Returns images a second by the best of `tf.data`, and of ours to it."""
    folder = kc.data.from_folder(root, BATCH, image_size=size, shuffle=False)
    data = {
        "from_folder": folder,
        "tf.data, whole": tf_data(paths, size, 1),
        "tf.data, half": tf_data(paths, size, 2),
    }
    if HEIGHT // 2 < size:
        del data["tf.data, half"]
    runs = {name: lambda x=x: read(x) for name, x in data.items()}
    found = {}
    for unit, clock in {
        "wall": time.perf_counter,
        "processor": time.process_time,
    }.items():
        seconds = median_seconds(runs, repeats, clock)
        ours = seconds.pop("from_folder")
        found[unit] = round(min(seconds.values()) / ours, 2)
        for name, value in {"from_folder": ours, **seconds}.items():
            print(
                f"{size} px, {unit}, {name}: {len(paths) / value:.0f}/s, "
                f"{1e3 * value / len(paths):.2f} ms an image",
                flush=True,
            )
    return found


def print_differences(root):
    for size in (32, 64, 96, 124):
        folder = kc.data.from_folder(root, BATCH, image_size=size, seed=1)
        images = next(iter(folder)).astype("float64")
        folder.seek(0)
        with whole_images():
            difference = np.abs(images - next(iter(folder)))
        print(
            f"{size} px, fraction less whole: mean {difference.mean():.2f}, "
            f"99.9 % below {np.quantile(difference, 0.999):.0f}, largest "
            f"{difference.max():.0f} of 255"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few files")
    parser.add_argument("--files", nargs="+", type=int)
    parser.add_argument("--sizes", nargs="+", type=int, default=[96, 224])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    few = [2000, 8000]
    many = [80_000, 320_000, 1_281_167]
    print_opening(options.files or (few if options.quick else many))
    ratios = {}
    with tempfile.TemporaryDirectory() as root:
        paths = make_photographs(root, 128 if options.quick else 512)
        for size in options.sizes:
            ratios[size] = print_reading(root, paths, size, options.repeats)
        print_differences(root)
    print(json.dumps({"from_folder / best tf.data": ratios}))


if __name__ == "__main__":
    main()
