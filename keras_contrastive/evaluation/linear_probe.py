import keras
import numpy as np

from keras_contrastive.evaluation.features import extract_labelled
from keras_contrastive.evaluation.patient_progbar import PatientProgbar
from keras_contrastive.evaluation.report import Report


def linear_probe(
    encoder,
    train,
    test,
    *,
    epochs=90,
    batch_size=512,
    learning_rate=None,
    seed=0,
):
    """Trains a linear classifier on frozen features.

    The features are extracted once, from images as they are. The paper crops
    and flips them at random in every epoch instead, which takes as long as
    training the encoder and scores a little differently: say so next to
    the figures. Its other settings are the defaults here: SGD with Nesterov
    momentum 0.9, learning rate `0.1 * batch_size / 256`, 90 epochs, no
    warm-up and no weight decay; cosine decay and logits that start at zero
    are as in its code. Features are standardised by mean and deviation of
    the training set, so that one learning rate suits encoders of any scale.

    The accuracy is the last epoch's. The test set chooses nothing.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for raw pixels.
        train: Labelled images to train on. Tuple of arrays
            `(images, labels)` or an iterable of such batches; images `uint8`
            in 0..255 or float in 0..1, labels integer `(batch,)`.
        test: Labelled images to test on, in the same form.
        epochs: Integer, passes over the features. Defaults to 90.
        batch_size: Integer, features a step. At most the number of training
            images is used. Defaults to 512.
        learning_rate: Positive float, at the first step. Defaults to
            `0.1 * batch_size / 256`.
        seed: Integer, seed of the order of the features. Defaults to 0.

    Returns:
        `Report` with `accuracy` on `test` and `train_accuracy`, shares of the
        images classified right.

    Raises:
        ValueError: If labels are missing or an argument is out of its range.

    Example:

    >>> print(linear_probe(model.encoder, (images, labels), test))

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709,
    appendix B.5, and https://github.com/google-research/simclr.
    """
    if min(epochs, batch_size) < 1:
        raise ValueError(
            "`epochs` and `batch_size` must be positive integers. "
            f"Received: epochs={epochs}, batch_size={batch_size}"
        )
    if learning_rate is not None and learning_rate <= 0:
        raise ValueError(
            "`learning_rate` must be positive. "
            f"Received: learning_rate={learning_rate}"
        )
    train, train_labels = extract_labelled(encoder, train, "train")
    test, test_labels = extract_labelled(encoder, test, "test")
    train, test = standardize(train, test)
    classes, targets = np.unique(train_labels, return_inverse=True)
    batch_size = min(batch_size, len(train))
    if learning_rate is None:
        learning_rate = 0.1 * batch_size / 256

    logits = keras.layers.Dense(
        len(classes), kernel_initializer="zeros", dtype="float32"
    )
    classifier = keras.Sequential([keras.Input(train.shape[1:]), logits])
    steps = len(train) // batch_size
    decay = keras.optimizers.schedules.CosineDecay(
        learning_rate, epochs * steps
    )
    classifier.compile(
        keras.optimizers.SGD(decay, momentum=0.9, nesterov=True),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        # The steps are tiny: calling a whole epoch at once saves most of the
        # time on TensorFlow. PyTorch takes one step a call.
        steps_per_execution=1 if keras.backend.backend() == "torch" else steps,
    )
    progress = PatientProgbar(epochs, unit_name="epoch")
    classifier.fit(
        shuffled_batches(train, targets.astype("int32"), batch_size, seed),
        epochs=epochs,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: progress.update(epoch + 1)
            )
        ],
    )

    def accuracy(features, labels):
        kernel, bias = logits.get_weights()
        predicted = classes[np.argmax(features @ kernel + bias, axis=1)]
        return float(np.mean(predicted == labels))

    return Report(
        "linear probe",
        metrics={
            "accuracy": accuracy(test, test_labels),
            "train_accuracy": accuracy(train, train_labels),
        },
        settings={
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "seed": seed,
            "train": len(train),
            "test": len(test),
            "dim": train.shape[1],
            "classes": len(classes),
        },
    )


def standardize(train, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    # A feature that is constant in training says nothing: make it zero
    # instead of dividing rounding errors by each other.
    deviation[deviation <= 1e-6 * deviation.max()] = np.inf
    return (train - mean) / deviation, (test - mean) / deviation


def shuffled_batches(features, targets, batch_size, seed):
    """Yields full batches for ever, in an order that depends on the seed.

    `fit` would shuffle arrays by the global generators, which belong to the
    user.
    """
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(features))
        for start in range(0, len(order) - batch_size + 1, batch_size):
            rows = order[start : start + batch_size]
            yield features[rows], targets[rows]
