from keras_contrastive.callbacks._encoder_probe import EncoderProbe
from keras_contrastive.evaluation._linear_probe import share_right
from keras_contrastive.evaluation._ridge_probe import ridge_classify


class LinearProbe(EncoderProbe):
    """Follows how well a linear classifier reads the encoder's features.

    At the end of every `every`-th epoch the features of both sets are
    computed anew, and the accuracy of `kc.evaluation.ridge_probe`, which
    takes no training, goes into the logs, hence into the progress bar,
    `History`, TensorBoard, ... For a figure to report, run
    `kc.evaluation.linear_probe` after training. The training is not affected.

    Args:
        train: Labeled images to learn from. Tuple of arrays
            `(images, labels)`, or an iterable of such batches that can be
            read many times; images `uint8` in 0..255 or float in 0..1, labels
            integer `(batch,)`. Not the very object that `fit` trains on:
            reading `Batches` moves on to their next epoch.
        test: Labeled images to test on, in the same form. To choose anything
            by the curve, take them from the training set, not from the test
            set.
        every: Integer, epochs from one measurement to the next. Defaults to 1.
        encoder: `keras.Model` to follow. Defaults to `model.encoder` of the
            model that is trained.
        name: String, key in the logs. Defaults to `"linear_accuracy"`.

    Raises:
        ValueError: If an argument is out of its range; when training starts,
            if labels are missing or there is no encoder; then, or for data
            other than arrays at the first measurement, if `test` has a
            class that `train` lacks.

    Example:

    >>> probe = kc.callbacks.LinearProbe((images, labels), validation)
    >>> history = model.fit(train, epochs=100, callbacks=[probe])
    >>> history.history["linear_accuracy"]
    """

    def __init__(
        self, train, test, *, every=1, encoder=None, name="linear_accuracy"
    ):
        super().__init__({"train": train, "test": test}, every, encoder, name)

    def score(self, learned, tested):
        predicted, _ = ridge_classify(*learned, tested[0])
        return share_right(predicted, tested[1])
