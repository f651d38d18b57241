"""The largest batch of SimCLR on one device of 80 GB, by arithmetic.

python benchmarks/largest_batch.py [--quick]

Bytes of `cost_model.memory`, and of the input: uint8 images and two views of
float32. Plain: all activations and the whole matrix of similarities are held;
then similarities by blocks; then `micro_batch=256` as well.
"""

import argparse
import dataclasses
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cost_model as costs

import keras_contrastive as kc

MEMORY = 80e9
SIMCLR = costs.METHODS["SimCLR"]
BLOCKS = dataclasses.replace(SIMCLR, block=256)
SETTINGS = {
    "plain": SIMCLR,
    "similarities by blocks": BLOCKS,
    "micro_batch=256": dataclasses.replace(BLOCKS, micro_batch=256),
}
ENCODERS = {
    "ResNet-18, 32 px": lambda: kc.encoders.ResNet18((32, 32, 3)),
    "ResNet-50, 224 px": lambda: kc.encoders.ResNet50((224, 224, 3)),
}


def bytes_of(method, encoder, batch):
    images = batch * encoder.pixels * (1 + 2 * costs.FLOAT)
    return images + sum(costs.memory(method, encoder, batch, 1).values())


def largest(method, encoder):
    """The largest power of two that fits."""
    batch = 1
    while bytes_of(method, encoder, 2 * batch) <= MEMORY:
        batch *= 2
    return batch


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="as without")
    parser.parse_args()
    found = {}
    for name, make in ENCODERS.items():
        encoder = costs.count(make())
        found[name] = {
            setting: largest(method, encoder)
            for setting, method in SETTINGS.items()
        }
        print(name, found[name])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
