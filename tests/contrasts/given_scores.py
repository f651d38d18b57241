from keras import ops

from keras_contrastive.contrasts import Contrast, Scores
from keras_contrastive.losses import SOFTMAX


def softmax_scores(positives, negatives, temperature):
    """Scores of the softmax loss whose similarities are given."""
    positives, negatives = map(ops.convert_to_tensor, (positives, negatives))
    positives = ops.cast(positives, "float32")
    negatives = ops.cast(negatives, "float32")
    contrast = Contrast(
        positives[:, None], positives[:, None], temperature=temperature
    )
    slopes = SOFTMAX.slopes(contrast, positives, negatives)
    return Scores(positives, negatives, *slopes, temperature)
