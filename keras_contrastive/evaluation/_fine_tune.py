import functools
import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_encoder import check_input_of, check_pixels
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._keras_internals import layers_of
from keras_contrastive._processes import alone
from keras_contrastive.evaluation._class_pair import image_pair
from keras_contrastive.evaluation._classification import classification_report
from keras_contrastive.evaluation._features import (
    check_encoder,
    encode,
    extract_features,
)
from keras_contrastive.evaluation._image_classifier import (
    copy_of,
    image_classifier,
)
from keras_contrastive.evaluation._patient_progbar import epoch_bars
from keras_contrastive.evaluation._share_right import share_right
from keras_contrastive.evaluation._shuffled_batches import shuffled_batches
from keras_contrastive.evaluation.report import Report
from keras_contrastive.layers._batch_statistics import use_batch_statistics
from keras_contrastive.views import MultiView, Pipeline, RandomResizedCrop

EPOCHS = 30
MIN_STEPS = 600
# A training accuracy that few labels allow to surpass.
LOW = 0.8


@checked
@alone()
def fine_tune(
    encoder: keras.Model,
    train: Any,
    test: Any,
    *,
    rows: Any = None,
    head: keras.layers.Layer | None = None,
    views: MultiView | None = None,
    epochs: int | None = None,
    batch_size: int = 256,
    learning_rate: float | None = None,
    encoder_rate: float = 1.0,
    seed: int = 0,
    max_overlap: float = 0.05,
) -> Report:
    """Trains a copy of the encoder and a classifier on few or many labels.

    SimCLR's protocol: SGD with Nesterov momentum 0.9, learning rate
    `0.05 * batch_size / 256`, no warm-up and no weight decay, random crops and
    flips, batch normalization in training mode; cosine decay as in its code.
    The accuracy is that of the last epoch, on images as they are; the test
    set chooses nothing. The images to train on are held in memory.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`. It stays as it is: a copy is trained, even if the
            encoder is frozen. For a figure from scratch, pass an untrained
            encoder.
        train: Labeled images. Tuple of arrays `(images, labels)` or an
            iterable of such batches; images `uint8` in 0..255 or float in
            0..1, labels integer `(batch,)`.
        test: Labeled images to test on, in the same form, none of them in
            `train`.
        rows: Integers, which images of `train` to learn from, counted in its
            order, each once, e.g. those of `kc.data.label_subset`. Defaults
            to `None`, all of them.
        head: Layer between the features and the classifier, which is copied
            too, or `None`. SimCLR v2 keeps the first layer of the projection
            head for 1 % and 10 % of the labels: `model.projector.first(1)`.
        views: `keras_contrastive.views.MultiView` of one view to train on.
            Defaults to random crops of 8 to 100 % of the area, resized to the
            size of the images, half of them mirrored.
        epochs: Integer, passes over the images. The paper takes 60 for 1 % of
            ImageNet's labels and 30 for 10 %, thousands of steps. Defaults to
            30, or to as many as make 600 steps where these are fewer.
        batch_size: Integer, images per step; at most their number is used.
            Defaults to 256.
        learning_rate: Positive float, at the first step. Defaults to
            `0.05 * batch_size / 256`.
        encoder_rate: Positive float, learning rate of encoder and head as a
            multiple of the classifier's. Defaults to 1.
        seed: Integer, of the order of the images and of the views. Defaults
            to 0.
        max_overlap: Float in 0..1, share of the images of `test`, or of those
            of `train`, that may be in the other. Defaults to 0.05.

    Returns:
        `Report` with `accuracy` on `test` and `train_accuracy`, both on images
        as they are, `balanced_accuracy`, the mean over the classes of `test`,
        `recalls` and `predictions`. Its `model` is what was trained: a
        `keras.Model`, images, `uint8` in 0..255 or float in 0..1, to
        probabilities `(batch, classes)` in the order of `class_names`, or of
        the labels where they have no names. Warns if `train_accuracy` is
        below 0.8: the training was too short or too slow.

    Raises:
        ValueError: If labels are missing, an argument is out of its range, or
            images of `test` have another shape, a class that `train` lacks,
            or more of them are in `train` than allowed.

    Example:

    >>> rows = kc.data.label_subset(labels, share=0.01)
    >>> report = fine_tune(model.encoder, (images, labels), test, rows=rows)
    >>> report.accuracy
    >>> report.model.save("classifier.keras")

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix
        B.5; SimCLR v2, https://arxiv.org/abs/2006.10029, section 2.
    """
    if epochs is not None:
        check_integer("epochs", epochs, 1)
    check_integer("batch_size", batch_size, 1)
    check_integer("seed", seed, 0)
    for name, value in (
        ("learning_rate", learning_rate),
        ("encoder_rate", encoder_rate),
    ):
        if value is not None and not value > 0:
            raise ValueError(
                f"`{name}` must be positive; for a frozen encoder use "
                f"`linear_probe`. Received: {name}={value}"
            )
    pair = image_pair(train, test, rows=rows, max_overlap=max_overlap)
    images = pair.train
    classes, targets = np.unique(pair.train_labels, return_inverse=True)
    batch_size = min(batch_size, len(images))
    steps = len(images) // batch_size
    if epochs is None:
        epochs = max(EPOCHS, -(-MIN_STEPS // steps))
    if learning_rate is None:
        learning_rate = 0.05 * batch_size / 256
    if views is None:
        crop = RandomResizedCrop(images.shape[1:3])
        views = MultiView([Pipeline([crop])], seed=seed)

    check_input_of(encoder)
    parts = [trainable_copy(encoder, "encoder")]
    if head is not None:
        parts.append(trainable_copy(head, "head"))
    # Checks before the training that it gives one finite vector per image.
    check_encoder(encoder)
    encode(encoder, images[:1], 1)
    check_pixels(encoder)
    logits = keras.layers.Dense(
        len(classes), kernel_initializer="zeros", dtype="float32"
    )

    def features_of(x: Any) -> Any:
        for part in parts:
            x = part(x)
        return x

    given = keras.Input(images.shape[1:], dtype=images.dtype.name)
    made = views(given)
    if len(made) != 1:
        raise ValueError(
            f"`views` must make one view of each image. Received: {len(made)}"
        )
    x = features_of(made[0])
    # The same values, and the gradient times `encoder_rate`.
    x = encoder_rate * x + (1 - encoder_rate) * ops.stop_gradient(x)
    trained = keras.Model(given, logits(x))
    softmax = keras.layers.Softmax(dtype="float32")
    classifier = image_classifier(
        lambda x: softmax(logits(features_of(x))),
        image_shape=pair.image_shape,
        classes=classes,
        class_names=pair.class_names,
    )

    decay = keras.optimizers.schedules.CosineDecay(
        learning_rate, epochs * steps
    )
    use_batch_statistics(layers_of(trained))
    trained.compile(
        keras.optimizers.SGD(decay, momentum=0.9, nesterov=True),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    history = trained.fit(
        shuffled_batches(images, targets.astype("int32"), batch_size, seed),
        epochs=epochs,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=epoch_bars(epochs, verbose=True),
    )

    loss = history.history["loss"][-1]
    values = [loss, *trained.get_weights()]
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError(
            "`learning_rate` must be lower: training has diverged. "
            f"Received: learning_rate={learning_rate}, last loss {loss}"
        )

    names = pair.class_names
    outputs = classes if names is None else np.arange(len(names))

    def predict(images: np.ndarray) -> np.ndarray:
        shares, _ = extract_features(classifier, (images, None))
        return outputs[shares.argmax(axis=1)]

    train_accuracy = share_right(predict(images), pair.train_labels)
    if train_accuracy < LOW:
        warnings.warn(
            f"`fine_tune` made {epochs * steps} steps, after which the "
            f"classifier is right for {train_accuracy:.0%} of the images that "
            "it learned from: raise `epochs` or `learning_rate`, or use "
            f"`ridge_probe`. Received: epochs={epochs}, "
            f"learning_rate={learning_rate}",
            stacklevel=3,
        )
    return classification_report(
        "fine-tuning",
        pair,
        predict(pair.test),
        metrics={"train_accuracy": train_accuracy},
        settings={
            "epochs": epochs,
            "steps": epochs * steps,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "encoder_rate": encoder_rate,
            "seed": seed,
        },
        make_model=functools.partial(as_it_is, classifier),
    )


def as_it_is(classifier: keras.Model) -> keras.Model:
    """A function with a name, so that the report can be pickled."""
    return classifier


def trainable_copy(
    layer: keras.layers.Layer, argument: str
) -> keras.layers.Layer:
    if not getattr(layer, "built", False):
        raise ValueError(
            f"`{argument}` must be a layer that is built, with weights to "
            f"copy. Received: {layer}"
        )
    copy = copy_of(layer, layer.get_weights(), argument)
    # A model that is frozen as a whole is unfrozen; frozen parts of another
    # stay so. A loaded `Sequential` of frozen layers calls itself trainable.
    if not copy.trainable_weights:
        unfreeze(copy)
    return copy


def unfreeze(layer: keras.layers.Layer) -> None:
    layer.trainable = True
    for part in getattr(layer, "layers", []):
        unfreeze(part)
