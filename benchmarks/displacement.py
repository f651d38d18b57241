"""Does MIO's closed form predict how one step moves the projections?

python benchmarks/displacement.py [--seeds 3] [--quick]

MIO is trained on 10,000 generated shapes of 16 pixels, for eight epochs. Its
encoder gets a new linear projector and makes one step of plain gradient descent
on 256 pairs of test images, rate 0.1:

* `frozen`: the projector alone learns, as the closed form
  (`metrics.mio_displacements`) assumes;
* `together`: so does the encoder, with batch normalization as in inference;
* `own`: as `frozen`, but each projection is said to move along its own
  gradient alone.

Each is the share of the measured movement that the prediction explains, one
less the ratio of squared errors to squared movements: 1 is exact, 0 is no
better than saying that nothing moves. Results enter
`benchmarks/displacement.json`.
"""

import argparse
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from results import write_results
from runs import place
from seeds import mean_and_spread

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("displacement.json")
SIDE, BATCH, RATE = 16, 256, 0.1


def measure(seed, quick):
    """By name, the share of the movement that is explained."""
    keras.utils.set_random_seed(seed)
    encoder = kc.encoders.SmallCNN((SIDE, SIDE, 3), width=24)
    views = kc.views.MultiView([pipeline(), pipeline()], seed=seed)
    train(encoder, views, 1 if quick else 8)
    images = next(
        iter(kc.data.shapes(BATCH, BATCH, split="test", image_size=SIDE))
    )
    batch = [np.asarray(view) for view in views(images, training=True)]
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    shares = {}
    shares["together"], _ = explained(encoder, batch)
    encoder.trainable = False
    shares["frozen"], shares["own"] = explained(encoder, batch)
    return {name: round(float(x), 6) for name, x in shares.items()}


def pipeline():
    return kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(SIDE, scale=(0.3, 1.0)),
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]
    )


def train(encoder, views, epochs):
    head = kc.layers.ProjectionHead(64, hidden_units=256, ending="affine")
    model = kc.MIO(encoder, views, head)
    model.compile(keras.optimizers.Adam(3e-3))
    images = kc.data.shapes(10_000, BATCH, image_size=SIDE)
    model.fit(images, epochs=epochs, verbose=0)


def explained(encoder, batch):
    """Shares explained by all gradients, and by each projection's own."""
    before = [encoder.predict(view, verbose=0) for view in batch]
    projector = keras.layers.Dense(32, use_bias=False)
    model = kc.MIO(encoder, views=None, projector=projector)
    model.compile(keras.optimizers.SGD(RATE))
    model.build([view.shape for view in batch])
    (kernel,) = projector.get_weights()
    loss = kc.losses.MIOLoss()
    predicted = np.concatenate(
        kc.metrics.mio_displacements(loss, *before, kernel, RATE)
    )
    x = np.concatenate(before)
    gradients = np.concatenate(
        kc.metrics.mio_embedding_gradients(
            loss, *(part @ kernel for part in before)
        )
    )
    own = -RATE * np.sum(x**2, axis=1, keepdims=True) * gradients
    weights = encoder.get_weights()
    model.fit(tuple(batch), batch_size=BATCH, epochs=1, verbose=0)
    after = [encoder.predict(view, verbose=0) for view in batch]
    moved = np.concatenate(after) @ projector.get_weights()[0] - x @ kernel
    encoder.set_weights(weights)
    return share(predicted, moved), share(own, moved)


def share(predicted, moved):
    return 1 - np.sum((moved - predicted) ** 2) / np.sum(moved**2)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    seeds = range(1 if options.quick else options.seeds)
    runs = [{"seed": seed, **measure(seed, options.quick)} for seed in seeds]
    for name in ("frozen", "together", "own"):
        print(name, mean_and_spread([run[name] for run in runs], ".4f"))
    if not options.quick:
        record = {
            "setting": setting(),
            "seconds": round(time.process_time()),
            **place(),
            "runs": runs,
        }
        write_results(RESULTS, record)


if __name__ == "__main__":
    main()
