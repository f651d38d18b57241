"""What must hold where several processes train one model, as on JAX."""

import hashlib
import json
from typing import Any

import keras

from keras_contrastive._processes import agree, num_processes, told_by_all
from keras_contrastive.data import Batches
from keras_contrastive.data._fingerprint import fingerprint
from keras_contrastive.training._first_element import arrays_of
from keras_contrastive.training._seeds import seeds_of

CURE = (
    "`keras_contrastive.data` hands each process its rows: "
    "`kc.data.from_arrays(images, batch_size=...)`, with the batch size of all "
    "processes together"
)


def check_processes(x: Any, batch: Any) -> None:
    """Refuses data of which the processes would make no global batch.

    Args:
        x: What `fit` got.
        batch: Its first batch, or None if it is not known.
    """
    if num_processes() == 1:
        return
    distribution = keras.distribution.distribution()
    if not isinstance(distribution, keras.distribution.DataParallel):
        raise ValueError(
            f"{num_processes()} processes train one model together under "
            "`keras.distribution.set_distribution(keras.distribution."
            "DataParallel())`, set before the model is made. "
            f"Received: {type(distribution).__name__}"
        )
    if isinstance(x, Batches):
        told = json.dumps([fingerprint(x), x.epoch])
        if not agree(told):
            raise ValueError(
                "`x` must be the same data on every process, with the same "
                f"seed, batch size and epoch. Received here: {told}"
            )
        return
    if distribution.auto_shard_dataset:
        # Keras takes `tf.data` alone, and gives each process rows of it.
        if arrays_of(x) or not agree(digest_of(batch)):
            raise ValueError(
                "`x` must be the same `tf.data.Dataset`, in the same order, "
                f"on every process. {CURE}. Received: x of type "
                f"{type(x).__name__}, of which the first batch differs"
            )
        return
    told_here = told_by_all(digest_of(batch))
    if batch is not None and len(set(told_here)) < len(told_here):
        raise ValueError(
            "`x` must give each process rows of its own; these would be their "
            f"own negatives. {CURE}. Received: x of type "
            f"{type(x).__name__}, with the same first batch on several "
            "processes"
        )
    if not agree(str([len(part) for part in arrays_of(x)])):
        raise ValueError(
            "`x` must hold as many images on every process. Received here: "
            f"{[len(part) for part in arrays_of(x)]}"
        )


def check_same_seeds(model: keras.Model) -> None:
    """Refuses views that other processes draw otherwise.

    JAX itself refuses weights that differ.
    """
    if num_processes() > 1 and not agree(str(seeds_of(model))):
        raise ValueError(
            "The model must be the same on every process: give its views a "
            "`seed`, or call `keras.utils.set_random_seed(0)` on each of them "
            "before it is made. "
            f"Received here: seeds {seeds_of(model)}"
        )


def digest_of(arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in keras.tree.flatten(arrays):
        digest.update(keras.ops.convert_to_numpy(array).tobytes())
    return digest.hexdigest()
