import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers.noise_constant import NoiseConstant
from keras_contrastive.losses._nce import memory_softmax, nce, nce_scores
from keras_contrastive.losses._pairs import without_own
from keras_contrastive.losses._scores import softmax_scores
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import l2_normalize, wide_float


@export
class MemoryContrast(keras.layers.Layer):
    """Compares features with rows of a memory bank.

    With sampled negatives the loss is noise contrastive estimation with a
    constant Z of its own; against the whole bank it is the softmax.

    Args:
        num_images: Integer, rows of the bank.
        num_negatives: Integer, negatives of each image, or None for all rows.
        temperature: Positive float. Defaults to 0.07.
        normalize: Boolean, whether features are normalised here. Defaults to
            True. Transformed features
            (`keras_contrastive.layers.PositiveExtrapolation`) are taken as
            they are, with their rows.

    Call arguments:
        features: `(batch, units)`, of any length.
        own: Rows of the same images, `(batch, units)`, of unit length.
        negatives: As `MemoryBank` returns them.
        training: Boolean.

    Returns:
        Dictionary of cosines: `positives`, `(batch,)`, and `negatives`,
        `(batch, number)`; with sampled negatives also `log_z`, `(batch,)`.
        `loss` takes it and returns `(batch,)`.

    Example:

    >>> contrast = keras_contrastive.layers.MemoryContrast(50000, 4096)
    >>> scores = contrast(features, *bank(features, index), training=True)
    >>> contrast.loss(scores).shape
    (256,)

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.
    """

    def __init__(
        self,
        num_images,
        num_negatives=None,
        temperature=0.07,
        normalize=True,
        **kwargs,
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.num_images, self.num_negatives = num_images, num_negatives
        self.temperature = check_temperature(temperature)
        self.normalize = normalize
        self.constant = None
        if num_negatives is not None:
            self.constant = NoiseConstant(num_images, temperature)

    def call(self, features, own, negatives, training=False):
        features = (l2_normalize if self.normalize else wide_float)(features)
        scores = {"positives": ops.sum(features * own, axis=1)}
        if self.constant is None:
            scores["negatives"] = ops.matmul(features, ops.transpose(negatives))
            return scores
        scores["negatives"] = ops.matmul(negatives, features[:, :, None])[
            ..., 0
        ]
        log_z = self.constant(**scores, training=training)
        return {**scores, "log_z": log_z}

    def loss(self, scores):
        """Loss of each image, `(batch,)`."""
        if self.constant is None:
            return memory_softmax(**scores, temperature=self.temperature)
        return nce(
            **scores, temperature=self.temperature, num_images=self.num_images
        )

    def scores(self, scores, index):
        """`losses.Scores`; of the whole bank without the images' own rows."""
        if self.constant is None:
            negatives = without_own(scores["negatives"], index)
            return softmax_scores(
                scores["positives"], negatives, self.temperature
            )
        return nce_scores(
            **scores, temperature=self.temperature, num_images=self.num_images
        )

    def get_config(self):
        return {
            **super().get_config(),
            "num_images": self.num_images,
            "num_negatives": self.num_negatives,
            "temperature": self.temperature,
            "normalize": self.normalize,
        }
