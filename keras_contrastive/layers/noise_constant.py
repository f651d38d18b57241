import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.ops import gather


@export
class NoiseConstant(Configured, keras.layers.Layer):
    """The constant Z of noise contrastive estimation with a memory bank.

    Of the probability `exp(score / temperature) / Z` the denominator is a sum
    over all images. It is estimated once, from the first batch of training,

        Z = num_images * mean of exp(score / temperature)

    over the positive and the negatives of all its images (and all replicas);
    then it stays, and is saved with the model. Before that, calls outside
    training estimate from the batch in hand. An estimate that is not finite
    is not kept: the next batch is then the first.

    Args:
        num_images: Integer, rows of the bank.
        temperature: Positive float that divides the scores.

    Example:

    >>> constant = keras_contrastive.layers.NoiseConstant(50000, 0.07)
    >>> log_z = constant.estimate(
    ...     lambda: kc.contrasts.among(queries, own, negatives), training=True
    ... )

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, equation 8.
    """

    def __init__(
        self, num_images: int, temperature: float, **kwargs: Any
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_integer("num_images", num_images, 1)
        self.num_images = num_images
        self.temperature = check_temperature(temperature)
        shared = {"trainable": False, "aggregation": "only_first_replica"}
        shared |= {"shape": (), "initializer": "zeros"}
        self.log_z = self.add_weight(name="log_z", **shared)
        self.known = self.add_weight(name="known", dtype="int32", **shared)
        # It is never called itself.
        self.built = True

    def estimate(
        self, make_contrast: Callable[[], Contrast], *, training: bool = False
    ) -> Any:
        """Logarithm of Z, without gradient.

        Args:
            make_contrast: Function that returns the `Contrast` of the images
                of a batch with the bank. It is called while Z is unknown: the
                similarities are large.
            training: Boolean, whether the first estimate is kept.

        Returns:
            float32 scalar tensor.
        """
        known, log_z = map(ops.convert_to_tensor, (self.known, self.log_z))

        def of_batch():
            scores = make_contrast().scores()
            scores = [ops.reshape(part, (-1,)) for part in scores]
            scores = ops.stop_gradient(ops.concatenate(scores))
            scores = scores / self.temperature
            count = ops.cast(ops.size(scores), scores.dtype)
            total = ops.logsumexp(scores) - ops.log(count)
            return ops.cast(total, "float32") + math.log(self.num_images)

        own = ops.cond(known == 0, of_batch, lambda: ops.zeros_like(log_z))
        every = gather(ops.reshape(own, (1,)))
        count = ops.cast(ops.size(every), "float32")
        mean = ops.logsumexp(every) - ops.log(count)
        estimated = ops.where(known == 0, mean, log_z)
        if training:
            is_finite = ops.isfinite(estimated)
            self.log_z.assign(ops.where(is_finite, estimated, log_z))
            self.known.assign(ops.cast(is_finite, "int32"))
        return estimated
