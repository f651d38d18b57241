import functools
from typing import Any

import keras
import numpy as np

from keras_contrastive._check_encoder import check_input_of, check_pixels
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._processes import alone
from keras_contrastive.data import Batches, from_arrays
from keras_contrastive.evaluation._class_pair import check_pair
from keras_contrastive.evaluation._classification import classification_report
from keras_contrastive.evaluation._features import (
    check_encoder,
    extract_features,
)
from keras_contrastive.evaluation._fine_tune import as_it_is, trainable_copy
from keras_contrastive.evaluation._image_classifier import image_classifier
from keras_contrastive.evaluation._patient_progbar import epoch_bars
from keras_contrastive.evaluation.report import Report
from keras_contrastive.views import MultiView, Pipeline, RandomResizedCrop

CHANNELS = "channels_last"


@checked
@alone()
def linear_evaluation(
    encoder: keras.Model,
    train: Any,
    test: Any,
    *,
    views: MultiView | None = None,
    epochs: int = 90,
    batch_size: int = 256,
    optimizer: keras.optimizers.Optimizer | None = None,
    seed: int = 0,
    max_overlap: float = 0.05,
) -> Report:
    """Trains a linear classifier behind a frozen encoder, on crops and flips.

    The protocol of the papers: every epoch sees other crops of the images, so
    it takes as many passes of the encoder as there are epochs; `linear_probe`
    takes one. The encoder is in inference mode, and the logits start at zero.
    The accuracy is that of the last epoch, on images as they are; the test set
    chooses nothing. Images are read as they are needed.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`. It stays as it is.
        train: Labeled images. `Batches` of `keras_contrastive.data`, of which
            the images are read again in batches and an order of their own; or
            a tuple of arrays `(images, labels)`. Images `uint8` in 0..255 or
            float in 0..1, labels integer from 0, `(images,)`.
        test: Labeled images of the same size to test on, none of them in
            `train`: such a tuple or any iterable of batches. Where they are
            larger than the views, their center is taken.
        views: `keras_contrastive.views.MultiView` of one view to train on.
            Defaults to random crops of 8 to 100 % of the area, resized to
            what the encoder takes, half of them mirrored.
        epochs: Integer, passes over the images. Defaults to 90, SimCLR's on
            ImageNet.
        batch_size: Integer, images per step; at most their number is used.
            Defaults to 256.
        optimizer: New Keras optimizer. Defaults to SimCLR's: SGD with Nesterov
            momentum 0.9, without weight decay, of which the learning rate
            falls from `0.1 * batch_size / 256` along a cosine to 0.
        seed: Integer, of the order of the images and of the views. Defaults
            to 0.
        max_overlap: Float in 0..1, share of the images of `test`, or of those
            of `train`, that may be in the other. Defaults to 0.05.

    Returns:
        `Report` with `accuracy` and `balanced_accuracy` on `test`,
        `train_accuracy` on the views of the last epoch, `recalls` and
        `predictions`. Its `model` is the classifier with a copy of the
        encoder, as that of `fine_tune`.

    Raises:
        ValueError: If labels are missing, an argument is out of its range, or
            images of `test` have a class that `train` lacks, or more of them
            are in `train` than allowed.

    Example:

    >>> train = kc.data.load("cifar10", "train", 512, labels=True)
    >>> test = kc.data.load("cifar10", "test", 512, labels=True)
    >>> print(linear_evaluation(model.encoder, train, test, epochs=100))

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendices
        B.5 and B.6.
    """
    check_integer("epochs", epochs, 1)
    check_integer("batch_size", batch_size, 1)
    check_integer("seed", seed, 0)
    check_input_of(encoder)
    check_encoder(encoder)
    batches = shuffled(train, batch_size, seed)
    pair = check_pair(train, test, max_overlap=max_overlap)
    if pair.unlabeled.get("unlabeled_train"):
        raise ValueError(
            "`train` must have a label for every image. Received: "
            f"{pair.unlabeled['unlabeled_train']} with the label -1, none"
        )
    classes = np.arange(pair.train_labels.max() + 1)
    steps = len(batches)
    if optimizer is None:
        decay = keras.optimizers.schedules.CosineDecay(
            0.1 * batches.batch_size / 256, epochs * steps
        )
        optimizer = keras.optimizers.SGD(decay, momentum=0.9, nesterov=True)
    if views is None:
        crop = RandomResizedCrop(sides_taken(encoder, pair.image_shape))
        views = MultiView([Pipeline([crop])], seed=seed)

    frozen = trainable_copy(encoder, "encoder")
    frozen.trainable = False
    check_pixels(frozen)
    logits = keras.layers.Dense(
        len(classes), kernel_initializer="zeros", dtype="float32"
    )
    first, _ = batches.source.read(np.arange(1))
    given = keras.Input(pair.image_shape, dtype=first.dtype.name)
    made = views(given)
    if len(made) != 1:
        raise ValueError(
            f"`views` must make one view of each image. Received: {len(made)}"
        )
    features = InInference(frozen)(made[0])
    trained = keras.Model(given, logits(features))
    trained.compile(
        optimizer,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = trained.fit(
        batches,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=epoch_bars(epochs, verbose=True),
    ).history
    values = [history["loss"][-1], *logits.get_weights()]
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError(
            "`optimizer` must have a lower learning rate: training has "
            f"diverged. Received: last loss {history['loss'][-1]}"
        )

    softmax = keras.layers.Softmax(dtype="float32")
    height, width = made[0].shape[1:3]
    classifier = image_classifier(
        lambda x: softmax(logits(frozen(center(x, height, width)))),
        image_shape=pair.image_shape,
        classes=classes,
        class_names=pair.class_names,
    )
    shares, labels = extract_features(classifier, test)
    predicted = shares.argmax(axis=1)[np.asarray(labels).reshape(-1) >= 0]
    return classification_report(
        "linear evaluation",
        pair,
        predicted,
        metrics={"train_accuracy": float(history["accuracy"][-1])},
        settings={
            "epochs": epochs,
            "steps": epochs * steps,
            "batch_size": batches.batch_size,
            "seed": seed,
        },
        make_model=functools.partial(as_it_is, classifier),
    )


class InInference(keras.layers.Layer):
    """An encoder in inference mode, also where the model trains.

    A model of Keras passes its own mode to its layers, whatever they were
    called with: dropout would drop.
    """

    def __init__(self, encoder: keras.Model) -> None:
        super().__init__()
        self.encoder = encoder
        self.built = True

    def call(self, x):
        return self.encoder(x, training=False)


def shuffled(train: Any, batch_size: int, seed: int) -> Batches:
    """The images of `train` in full batches, in a new order every epoch."""
    if isinstance(train, Batches) and train.labels:
        source, count = train.source, train.num_images
        batch_size = min(batch_size, count)
        return Batches(source, batch_size, shuffle=True, seed=seed, labels=True)
    if isinstance(train, tuple) and len(train) == 2:
        batch_size = min(batch_size, len(train[0]))
        return from_arrays(
            *train, batch_size=batch_size, shuffle=True, seed=seed
        )
    raise ValueError(
        "`train` must be labeled data of `kc.data`, or a tuple of arrays "
        f"(images, labels). Received: train={train!r}"
    )


def sides_taken(encoder: keras.Model, shape: tuple[int, ...]) -> tuple:
    """Height and width that it takes, or else those of the images."""
    inputs = getattr(encoder, "inputs", None)
    taken = inputs[0].shape[1:3] if inputs else (None, None)
    return taken[0] or shape[0], taken[1] or shape[1]


def center(x: Any, height: int, width: int) -> Any:
    """The middle of images that are larger."""
    if (height, width) == tuple(x.shape[1:3]):
        return x
    crop = keras.layers.CenterCrop(height, width, data_format=CHANNELS)
    return crop(x)
