"""Records as `callbacks.ScoreRecorder` makes them, of no training."""

import numpy as np

rng = np.random.default_rng(0)


def fake_records(steps=40, per_epoch=10, negatives=True):
    kinds = ["positive", "negative"] if negatives else ["positive"]
    records = {"step": np.arange(steps), "epoch": np.arange(steps) // per_epoch}
    for kind in kinds:
        histogram = rng.random((steps, 64)) ** 4
        histogram /= histogram.sum(axis=1, keepdims=True)
        records |= {
            f"{kind}_mean": rng.normal(size=steps),
            f"{kind}_variance": 0.1 + rng.random(steps),
            f"{kind}_quantiles": np.sort(rng.normal(size=(steps, 5))),
            f"{kind}_histogram": histogram,
        }
    if negatives:
        records["pretext_accuracy"] = rng.random(steps)
    return {
        name: values.astype("int64" if values.dtype.kind == "i" else "float32")
        for name, values in records.items()
    }
