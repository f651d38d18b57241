"""Batches that several devices share."""

import contextlib
import functools

from keras.utils import unpack_x_y_sample_weight

from keras_contrastive.data import Batches
from keras_contrastive.ops._replicas import UNEQUAL, num_shares
from keras_contrastive.training._check_devices import check_on_device

# What JAX, this package and TensorFlow say of parts of different sizes.
UNEVEN = (
    "should evenly divide the shape",
    UNEQUAL,
    "should be divisible by",  # before JAX 0.5
    "operation AddN of type AddN must have the same size",
)
# What TensorFlow says of a batch whose size it learns in the step.
INDIVISIBLE = "the requested shape requires a multiple of"


def num_devices(model):
    """How many share each batch that a model trains on."""
    with model.scope():
        return num_shares()


@contextlib.contextmanager
def sharing(model, x=None, held=None, parts=1):
    """Says in plain words which batches the devices of a model cannot share.

    Args:
        model: `ContrastiveModel`.
        x: What it reads. Of a last batch of `Batches` the rows are left out
            that the devices could not share evenly.
        held: Further data that it reads.
        parts: Integer, micro-batches of each batch of x, all of which the
            devices share.
    """
    devices = num_devices(model)
    with contextlib.ExitStack() as stack:
        for data, shares in ((held, devices), (x, parts * devices)):
            check_on_device(model, data)
            if isinstance(data, Batches):
                stack.enter_context(data.shared_by(shares))
        try:
            yield
        except Exception as error:
            if devices > 1 and any(sign in str(error) for sign in UNEVEN):
                raise uneven(devices) from None
            if model.micro_batches > 1 and INDIVISIBLE in str(error):
                raise indivisible(model.micro_batches) from None
            raise


def share_batches(learns=False):
    """Decorates `fit`, which learns, and `evaluate`: they leave rows out."""

    def decorate(method):
        @functools.wraps(method)
        def share(self, x=None, *args, **kwargs):
            held, _, _ = unpack_x_y_sample_weight(kwargs.get("validation_data"))
            parts = 1
            if learns and self.micro_batch and isinstance(x, Batches):
                parts = max(1, x.batch_size // self.micro_batch)
            with sharing(self, x, held, parts):
                return method(self, x, *args, **kwargs)

        return share

    return decorate


def uneven(devices):
    return ValueError(
        f"`x` must hold batches that {devices} devices can share evenly, the "
        "last one too: leave a smaller one out, in `tf.data` by `.batch(..., "
        "drop_remainder=True)`, or use `keras_contrastive.data`, which leaves "
        f"out what is over. Received: a batch that {devices} does not divide"
    )


def indivisible(count):
    return ValueError(
        "`micro_batch` must divide the batch, and the last one into as many "
        f"parts. Received: {count} micro-batches, and a batch that does not "
        "fall into them"
    )
