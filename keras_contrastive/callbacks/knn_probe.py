from keras_contrastive.callbacks._encoder_probe import EncoderProbe
from keras_contrastive.evaluation._knn import (
    check_bank,
    check_vote,
    knn_predict,
)
from keras_contrastive.evaluation._linear_probe import share_right


class KNNProbe(EncoderProbe):
    """Follows the k-NN accuracy of the encoder during training.

    At the end of every `every`-th epoch the features of both sets are
    computed anew and the accuracy of `kc.evaluation.knn` goes into the logs,
    hence into the progress bar, `History`, TensorBoard, `CSVLogger`, ... No
    entry is made in other epochs; `CSVLogger` fixes its columns at the end of
    the first epoch, so give it `every=1`. The training is not affected.

    Args:
        bank: Labeled images to look up. Tuple of arrays `(images, labels)`,
            or an iterable of such batches that can be read many times; images
            `uint8` in 0..255 or float in 0..1, labels integer `(batch,)`. Not
            the very object that `fit` trains on: reading `Batches` moves on
            to their next epoch.
        queries: Labeled images to classify, in the same form. To choose
            anything by the curve, take them from the training set, not from
            the test set.
        every: Integer, epochs from one measurement to the next. Defaults to 1.
        k: Integer from 1 to the size of the bank, neighbors that vote.
            Defaults to 20.
        temperature: Positive float, of the votes. Defaults to 0.07.
        encoder: `keras.Model` to follow. Defaults to `model.encoder` of the
            model that is trained.
        name: String, key in the logs. Defaults to `"knn_accuracy"`.

    Raises:
        ValueError: If an argument is out of its range; when training starts,
            if labels are missing or there is no encoder; then, or for data
            other than arrays at the first measurement, if `queries` has a
            class that `bank` lacks.

    Example:

    >>> probe = kc.callbacks.KNNProbe((images, labels), validation, every=10)
    >>> history = model.fit(train, epochs=100, callbacks=[probe])
    >>> history.history["knn_accuracy"]

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.4.
    """

    def __init__(
        self,
        bank,
        queries,
        *,
        every=1,
        k=20,
        temperature=0.07,
        encoder=None,
        name="knn_accuracy",
    ):
        check_vote([k], temperature)
        check_bank([k], bank)
        data = {"bank": bank, "queries": queries}
        super().__init__(data, every, encoder, name)
        self.k, self.temperature = k, temperature

    def score(self, learned, tested):
        predicted = knn_predict(*learned, tested[0], self.k, self.temperature)
        return share_right(predicted, tested[1])
