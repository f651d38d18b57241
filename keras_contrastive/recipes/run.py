from dataclasses import KW_ONLY, dataclass

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import check_fields
from keras_contrastive.schedules import cosine_momentum, warmup_cosine

# Of training where this is longer than the warm-up of the papers.
WARMUP_EPOCHS, WARMUP_SHARE = 10, 0.1


@dataclass(frozen=True)
class Run:
    """How long a recipe trains, from which its schedules follow.

    Args:
        num_images: Integer, images of the training set.
        batch_size: Integer, images per step, over all devices.
        epochs: Integer, passes over the images.
        seed: Integer seed of views, queues and mixing, or None.

    Example:

    >>> run = keras_contrastive.recipes.Run(50000, 512, 1000)
    >>> run.steps
    97000
    """

    num_images: int
    batch_size: int
    epochs: int
    _: KW_ONLY
    seed: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        meaning = ", `num_images`"
        check_integer("num_images", self.num_images, 1)
        check_integer(
            "batch_size", self.batch_size, 1, self.num_images, meaning
        )
        check_integer("epochs", self.epochs, 1)

    @property
    def steps(self) -> int:
        """Integer, steps of the whole run."""
        return self.epochs * (self.num_images // self.batch_size)

    def warmup_cosine(
        self, learning_rate: float, *, horizon: float = 1.0
    ) -> keras.optimizers.schedules.LearningRateSchedule:
        """Ten epochs of warm-up, then a cosine to 0.

        Below 100 epochs, a tenth of them warms up.

        Args:
            learning_rate: Positive float, the peak.
            horizon: Float, the epoch at which the cosine ends, as a multiple
                of the epochs that are trained. Defaults to 1.
        """
        epochs = horizon * self.epochs
        return warmup_cosine(
            learning_rate,
            num_images=self.num_images,
            batch_size=self.batch_size,
            epochs=epochs,
            warmup_epochs=min(WARMUP_EPOCHS, WARMUP_SHARE * epochs),
        )

    def cosine(
        self, learning_rate: float
    ) -> keras.optimizers.schedules.LearningRateSchedule:
        """A cosine from the learning rate, a positive float, to 0."""
        return warmup_cosine(
            learning_rate,
            num_images=self.num_images,
            batch_size=self.batch_size,
            epochs=self.epochs,
            warmup_epochs=0,
        )

    def cosine_momentum(
        self, momentum: float
    ) -> keras.optimizers.schedules.LearningRateSchedule:
        """The momentum of a branch, a float in (0, 1], raised to 1."""
        return cosine_momentum(
            momentum,
            num_images=self.num_images,
            batch_size=self.batch_size,
            epochs=self.epochs,
        )
