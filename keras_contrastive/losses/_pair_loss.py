import keras

from keras_contrastive.losses._pairs import batch_scores, check_pair
from keras_contrastive.losses._scores import softmax_scores
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import gather, l2_normalize


class PairLoss(keras.losses.Loss):
    """A symmetric loss of the cosines of two views over a temperature.

    Abstract: implement `one_direction`. Projections are normalised, those of
    all replicas gathered, and the two directions of an image averaged.
    """

    def __init__(self, temperature=0.1, **kwargs):
        super().__init__(**kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        z1, z2 = l2_normalize(y_true), l2_normalize(y_pred)
        check_pair(z1, z2)
        all_1, all_2 = gather(z1), gather(z2)
        first = self.one_direction(z1, all_1, all_2)
        second = self.one_direction(z2, all_2, all_1)
        return (first + second) / 2

    def one_direction(self, anchors, same_view, other_view):
        """Loss of anchors, `(batch,)`, among the keys of both views."""
        raise NotImplementedError

    def scores(self, y_true, y_pred):
        """`Scores` of both directions, for `callbacks.ScoreRecorder`."""
        z1, z2 = l2_normalize(y_true), l2_normalize(y_pred)
        return softmax_scores(*batch_scores(z1, z2), self.temperature)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
