from dataclasses import KW_ONLY, dataclass
from typing import Any

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import check_fields
from keras_contrastive.data import Batches
from keras_contrastive.evaluation import Report, linear_evaluation
from keras_contrastive.views import MultiView, Pipeline, RandomResizedCrop


@dataclass(frozen=True)
class LinearProtocol:
    """How a paper trains the linear classifier that tests its encoder.

    SGD with momentum 0.9 and no weight decay, behind a frozen encoder in
    inference mode, on random crops; see `evaluation.linear_evaluation`.

    Args:
        epochs: Integer, passes over the images.
        batch_size: Integer, images per step.
        learning_rate: Float, at the first step.
        nesterov: Boolean. Defaults to False.
        drops: Tuple of epochs at which the rate is multiplied by `drop`, from
            1. Without any it falls along a cosine to 0.
        drop: Float. Defaults to 0.1.
        scale: Pair, smallest and largest share of the area that a crop keeps.
            Defaults to `(0.08, 1.0)`.
        flip: Float, share of mirrored images. Defaults to 0.5.
        interpolation: Of the crop. Defaults to `"bilinear"`.

    Example:

    >>> protocol = keras_contrastive.recipes.LinearProtocol(
    ...     100, 256, 30.0, drops=(60, 80)
    ... )
    >>> report = protocol.evaluate(encoder, train, test, image_size=32)
    """

    epochs: int
    batch_size: int
    learning_rate: float
    _: KW_ONLY
    nesterov: bool = False
    drops: tuple[int, ...] = ()
    drop: float = 0.1
    scale: tuple[float, float] = (0.08, 1.0)
    flip: float = 0.5
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        check_fields(self)
        check_integer("epochs", self.epochs, 1)
        check_integer("batch_size", self.batch_size, 1)

    def evaluate(
        self,
        encoder: keras.Model,
        train: Batches,
        test: Any,
        *,
        image_size: int,
        max_batch_size: int | None = None,
        seed: int = 0,
    ) -> Report:
        """Trains and tests the classifier.

        Args:
            encoder: `keras.Model`, images to features `(batch, dim)`.
            train: `Batches` with labels to train on.
            test: Labeled data to test on.
            image_size: Integer, pixels of a side of the crops.
            max_batch_size: Integer, images of a step for which memory is
                there, or None. The learning rate is scaled with the batch.
            seed: Integer. Defaults to 0.

        Returns:
            The `Report` of `evaluation.linear_evaluation`.
        """
        batch_size = min(self.batch_size, train.num_images)
        if max_batch_size is not None:
            batch_size = min(batch_size, max_batch_size)
        crop = RandomResizedCrop(
            image_size,
            scale=self.scale,
            flip=self.flip,
            interpolation=self.interpolation,
        )
        return linear_evaluation(
            encoder,
            train,
            test,
            views=MultiView([Pipeline([crop])], seed=seed),
            epochs=self.epochs,
            batch_size=batch_size,
            optimizer=keras.optimizers.SGD(
                self.schedule(batch_size, train.num_images // batch_size),
                momentum=0.9,
                nesterov=self.nesterov,
            ),
            seed=seed,
        )

    def schedule(
        self, batch_size: int, steps_per_epoch: int
    ) -> keras.optimizers.schedules.LearningRateSchedule:
        """The learning rate, for batches of this size."""
        rate = self.learning_rate * batch_size / self.batch_size
        if not self.drops:
            return keras.optimizers.schedules.CosineDecay(
                rate, self.epochs * steps_per_epoch
            )
        # A step that equals a boundary comes before it.
        return keras.optimizers.schedules.PiecewiseConstantDecay(
            [epoch * steps_per_epoch - 1 for epoch in self.drops],
            [rate * self.drop**n for n in range(len(self.drops) + 1)],
        )
