import keras
import numpy as np

from keras_contrastive.evaluation.features import extract_labelled
from keras_contrastive.evaluation.knn import (
    check_bank,
    check_vote,
    knn_predict,
)
from keras_contrastive.evaluation.labelled_batches import LabelledBatches


class KNNProbe(keras.callbacks.Callback):
    """Follows the k-NN accuracy of the encoder during training.

    At the end of every `every`-th epoch the features of both sets are
    computed anew and the accuracy of `kc.evaluation.knn` goes into the logs,
    hence into the progress bar, `History`, TensorBoard, `CSVLogger`, ... No
    entry is made in other epochs; `CSVLogger` fixes its columns at the end of
    the first epoch, so give it `every=1`. The training is not affected.

    Args:
        bank: Labelled images to look up. Tuple of arrays `(images, labels)`,
            or an iterable of such batches that can be read many times; images
            `uint8` in 0..255 or float in 0..1, labels integer `(batch,)`. Not
            the very object that `fit` trains on: reading `Batches` moves on
            to their next epoch.
        queries: Labelled images to classify, in the same form. To choose
            anything by the curve, take them from the training set, not from
            the test set.
        every: Integer, epochs from one measurement to the next. Defaults to 1.
        k: Integer from 1 to the size of the bank, neighbours that vote.
            Defaults to 20.
        temperature: Positive float, of the votes. Defaults to 0.07.
        encoder: `keras.Model` to follow. Defaults to `model.encoder` of the
            model that is trained.
        name: String, key in the logs. Defaults to `"knn_accuracy"`.

    Raises:
        ValueError: If an argument is out of its range; when training starts,
            if labels are missing or there is no encoder.

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
        super().__init__()
        check_vote(k, temperature)
        if every < 1:
            raise ValueError(
                "`every` counts epochs and must be a positive integer. "
                f"Received: every={every}"
            )
        for argument, data in (("bank", bank), ("queries", queries)):
            if hasattr(data, "__next__"):
                raise ValueError(
                    f"`{argument}` is read many times: pass arrays or a data "
                    f"set, not an iterator. Received: {type(data).__name__}"
                )
        check_bank(k, bank)
        self.bank, self.queries = bank, queries
        self.every, self.k, self.temperature = every, k, temperature
        self.encoder, self.name = encoder, name

    def on_train_begin(self, logs=None):
        # One batch now, so that few mistakes come to light an epoch later.
        self.features(first_batch(self.bank), "bank")
        self.features(first_batch(self.queries), "queries")

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every:
            return
        bank, bank_labels = self.features(self.bank, "bank")
        queries, labels = self.features(self.queries, "queries")
        predicted = knn_predict(
            bank, bank_labels, queries, self.k, self.temperature
        )
        logs[self.name] = float(np.mean(predicted == labels))

    def features(self, data, argument):
        model = self.model  # on JAX, brings the weights up to date
        encoder = self.encoder
        if encoder is None:
            encoder = getattr(model, "encoder", None)
        if encoder is None:
            raise ValueError(
                "`encoder` must be given where the model that is trained has "
                f"no attribute `encoder`. Received: {type(model).__name__}"
            )
        # The epoch's own progress bar is on the screen.
        return extract_labelled(encoder, data, argument, verbose=False)


def first_batch(data):
    return [next(iter(LabelledBatches(data, batch_size=256)))]
