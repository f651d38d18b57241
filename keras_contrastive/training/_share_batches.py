"""Batches that several devices share."""

import contextlib
import functools

from keras.utils import unpack_x_y_sample_weight

from keras_contrastive.data import Batches
from keras_contrastive.ops._replicas import UNEQUAL, num_shares

# What JAX, this package and TensorFlow say of parts of different sizes.
UNEVEN = (
    "should evenly divide the shape",
    UNEQUAL,
    "operation AddN of type AddN must have the same size",
)


def num_devices(model):
    """How many share each batch that a model trains on."""
    with model.scope():
        return num_shares()


@contextlib.contextmanager
def sharing(model, data=()):
    """Says in plain words which batches the devices of a model cannot share.

    Args:
        model: `ContrastiveModel`.
        data: What it reads. Of a last batch of `Batches` the rows are left
            out that the devices could not share evenly.
    """
    devices = num_devices(model)
    with contextlib.ExitStack() as stack:
        for batches in data:
            if isinstance(batches, Batches):
                stack.enter_context(batches.shared_by(devices))
        try:
            yield
        except Exception as error:
            if devices > 1 and any(sign in str(error) for sign in UNEVEN):
                raise uneven(devices) from None
            raise


def share_batches(method):
    """Decorates `fit` and `evaluate`, which may leave rows out."""

    @functools.wraps(method)
    def share(self, x=None, *args, **kwargs):
        held, _, _ = unpack_x_y_sample_weight(kwargs.get("validation_data"))
        with sharing(self, [x, held]):
            return method(self, x, *args, **kwargs)

    return share


def uneven(devices):
    return ValueError(
        f"`x` must hold batches that {devices} devices can share evenly, the "
        "last one too: leave a smaller one out, in `tf.data` by `.batch(..., "
        "drop_remainder=True)`, or use `keras_contrastive.data`, which leaves "
        f"out what is over. Received: a batch that {devices} does not divide"
    )
