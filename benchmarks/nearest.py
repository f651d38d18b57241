"""k-NN of features over the bare product that it begins with, and over faiss.

KERAS_BACKEND=jax python benchmarks/nearest.py [--rows 20000] [--queries 4000]

`knn_predict` finds the 20 nearest of unit features of 256 dimensions and has
them vote. The product is NumPy's, as many queries at a time, with nothing made
of it. faiss searches exactly (`IndexFlatIP`), without the vote, where it is
installed. In turns, medians; the last line holds the ratios.
"""

import argparse
import importlib.util
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from timing import median_seconds

import keras_contrastive as kc
from keras_contrastive.evaluation._vote import CHUNK

K = 20


def measure(rows, queries, repeats):
    rng = np.random.default_rng(0)
    bank, asked = (rng.normal(size=(n, 256)) for n in (rows, queries))
    bank, asked = (
        (x / np.linalg.norm(x, axis=1, keepdims=True)).astype("float32")
        for x in (bank, asked)
    )
    labels = np.arange(rows) % 10

    def product():
        at_once = CHUNK // rows
        for start in range(0, queries, at_once):
            asked[start : start + at_once] @ bank.T

    runs = {
        "ours": lambda: kc.evaluation.knn_predict(bank, labels, asked, k=K),
        "product": product,
    }
    if importlib.util.find_spec("faiss"):
        import faiss

        index = faiss.IndexFlatIP(bank.shape[1])
        index.add(bank)
        runs["faiss"] = lambda: index.search(asked, K)
    seconds = median_seconds(runs, repeats)
    ours = seconds.pop("ours")
    return {name: round(ours / value, 2) for name, value in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    found = measure(options.rows, options.queries, options.repeats)
    backend = keras.backend.backend()
    print(f"{options.rows} rows, {options.queries} queries, {backend}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
