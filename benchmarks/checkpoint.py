"""What `Checkpoint` costs: MoCo with a ResNet-50, its momentum branch and Adam.

python benchmarks/checkpoint.py [--saves 5] [--quick]

Training waits while the state is copied to host memory, and not while the
file is written. Medians of several saves of one training, one save a step, on
images of 32 pixels, since the state does not depend on the images; the share
is that of a save every five minutes. Results go to
`benchmarks/checkpoint.json`; `--quick` takes a ResNet-18 and prints alone.
"""

import argparse
import datetime
import os
import pathlib
import platform
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from results import write_results

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("checkpoint.json")


class Timed(kc.callbacks.Checkpoint):
    """Notes how long training waits, and how long a file takes."""

    waits, writes = [], []

    def settle(self):
        # Not what training waits for a file that is begun each step.
        if self.writing is not None:
            self.writing.result()
        super().settle()

    def save(self, **place):
        self.settle()
        begun = time.perf_counter()
        super().save(**place)
        self.waits.append(time.perf_counter() - begun)
        self.writing.result()
        self.writes.append(time.perf_counter() - begun - self.waits[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    print(setting(), flush=True)
    network = kc.encoders.ResNet18 if arguments.quick else kc.encoders.ResNet50
    model = kc.MoCo(
        network((32, 32, 3)),
        kc.views.moco_v2(image_size=32),
        kc.layers.ProjectionHead(128),
        queue_size=65536,
    )
    model.compile(keras.optimizers.Adam())
    images = np.zeros((8 * arguments.saves, 32, 32, 3), "uint8")
    images += np.arange(32, dtype="uint8")[:, None]
    data = kc.data.from_arrays(images, batch_size=8)
    with tempfile.TemporaryDirectory() as folder:
        timed = Timed(folder, every_steps=1)
        model.fit(data, callbacks=[timed], verbose=0)
        size = timed.files.files()[0].stat().st_size
    # The first one also makes the memory that later ones find.
    wait, write = map(statistics.median, (timed.waits[1:], timed.writes[1:]))
    results = {
        "bytes": size,
        "training_waits_s": round(wait, 3),
        "writing_s": round(write, 3),
        "share_of_five_minutes": round(wait / 300, 5),
        "set_up": f"{datetime.date.today()}, {os.cpu_count()} CPU cores, "
        f"Python {platform.python_version()}, Keras {keras.version()}, "
        f"{keras.backend.backend()}",
    }
    print(results)
    if not arguments.quick:
        write_results(RESULTS, results)


if __name__ == "__main__":
    main()
