import math

import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.ops import gather


@export
class NoiseConstant(keras.layers.Layer):
    """The constant Z of noise contrastive estimation with a memory bank.

    Of the probability `exp(score / temperature) / Z` the denominator is a sum
    over all images. It is estimated once, from the first batch of training,

        Z = num_images * mean of exp(score / temperature)

    over the positive and the negatives of all its images (and all replicas);
    then it stays, and is saved with the model. Before that, calls outside
    training estimate from the batch in hand.

    Args:
        num_images: Integer, rows of the bank.
        temperature: Positive float that divides the scores.

    Call arguments:
        positives: Scores of the positives, `(batch,)`.
        negatives: Scores of the negatives, `(batch, num_negatives)`.
        training: Boolean.

    Returns:
        log Z, float32 `(batch,)`, the same for each image, without gradient.

    Example:

    >>> constant = keras_contrastive.layers.NoiseConstant(50000, 0.07)
    >>> log_z = constant(positives, negatives, training=True)

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, equation 8.
    """

    def __init__(self, num_images, temperature, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.num_images, self.temperature = num_images, temperature

    def build(self, positives_shape, negatives_shape):
        shared = {"trainable": False, "aggregation": "only_first_replica"}
        shared["initializer"] = "zeros"
        self.log_z = self.add_weight(name="log_z", shape=(), **shared)
        self.known = self.add_weight(
            name="known", shape=(), dtype="int32", **shared
        )

    def call(self, positives, negatives, training=False):
        scores = ops.concatenate([positives[:, None], negatives], axis=1)
        scores = gather(ops.stop_gradient(scores)) / self.temperature
        count = ops.cast(ops.size(scores), "float32")
        estimate = ops.logsumexp(scores) - ops.log(count)
        estimate += math.log(self.num_images)
        known, log_z = map(ops.convert_to_tensor, (self.known, self.log_z))
        log_z = ops.where(known == 0, estimate, log_z)
        if training:
            self.log_z.assign(log_z)
            self.known.assign(1)
        return ops.broadcast_to(log_z, ops.shape(positives))

    def compute_output_shape(self, positives_shape, negatives_shape):
        return positives_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_images": self.num_images,
            "temperature": self.temperature,
        }
