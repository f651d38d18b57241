from typing import Any

import keras

from keras_contrastive._checked import checked
from keras_contrastive.callbacks._encoder_probe import EncoderProbe
from keras_contrastive.evaluation import Report
from keras_contrastive.evaluation._class_pair import ClassPair
from keras_contrastive.evaluation._knn import check_known_size, knn_report
from keras_contrastive.evaluation._vote import check_vote


class KNNProbe(EncoderProbe):
    """Follows the k-NN accuracy of the encoder during training.

    At the end of every `every`-th epoch the features of both sets are
    computed and the accuracy of `kc.evaluation.knn` goes into the logs, hence
    into the progress bar, `History`, TensorBoard, `CSVLogger`, ... Other
    epochs have no entry; `CSVLogger` fixes its columns at the end of the
    first epoch, so give it `every=1`. The training is not affected; it waits
    for one forward pass over both sets, a sixth of the arithmetic that two
    views of as many images take in training. In `fit`
    of a `ContrastiveModel` it is called before callbacks that monitor it,
    wherever it stands, and epochs are counted over all calls of `fit`; of
    another model, let it stand before them.

    Args:
        train: Labeled images to look up. Tuple of arrays `(images, labels)`,
            or an iterable of such batches that can be read many times; images
            `uint8` in 0..255 or float in 0..1, labels integer `(batch,)`. Not
            the very object that `fit` trains on: reading `Batches` moves on
            to their next epoch.
        test: Labeled images to classify, in the same form. To choose anything
            by the curve, take them from the training set, not from the test
            set.
        every: Integer, epochs from one measurement to the next. Defaults to
            every tenth epoch, and the last of each `fit`.
        k: Integer from 1 to the number of training images, neighbors that
            vote. Defaults to 20.
        temperature: Positive float, of the votes. Defaults to 0.07.
        max_overlap: Float in 0..1, share of the images of `test`, or of
            those of `train`, that may be in the other. Defaults to 0.05.
        encoder: `keras.Model` to follow. Defaults to `model.encoder` of the
            model that is trained.
        name: String, key in the logs. Defaults to `"knn_accuracy"`.

    Raises:
        ValueError: If an argument is out of its range; when training starts,
            if labels are missing or there is no encoder; then, or at the
            first measurement for data other than arrays, if `test` has a
            class that `train` lacks or they share more images than allowed.

    Example:

    >>> probe = kc.callbacks.KNNProbe((images, labels), validation, every=10)
    >>> history = model.fit(train, epochs=100, callbacks=[probe])
    >>> history.history["knn_accuracy"]

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.4.
    """

    @checked
    def __init__(
        self,
        train: Any,
        test: Any,
        *,
        every: int | None = None,
        k: int = 20,
        temperature: float = 0.07,
        max_overlap: float = 0.05,
        encoder: keras.Model | None = None,
        name: str = "knn_accuracy",
    ) -> None:
        check_vote([k], temperature)
        check_known_size([k], train)
        super().__init__(train, test, every, max_overlap, encoder, name)
        self.k, self.temperature = k, temperature

    def evaluate(self, encoder: keras.Model, pair: ClassPair) -> Report:
        return knn_report(encoder, pair, self.k, self.temperature)
