from collections.abc import Callable
from dataclasses import dataclass

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import check_fields, checked
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.run import Run
from keras_contrastive.training import ContrastiveModel


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training run with all its settings, as somebody published them.

    `python -m keras_contrastive recipe NAME` trains and evaluates it. Called,
    a recipe makes its compiled model.

    Args:
        name: String, the name of the recipe.
        title: String, method and encoder.
        settings_of: String, whose settings these are, and where they stand.
        paper: String, address of the paper of the method.
        dataset: String, name of the data set, that of TensorFlow Datasets
            where it is there.
        num_images: Integer, images that are trained on.
        image_size: Integer, pixels of a side of the images that the views are
            made of.
        view_size: Integer, pixels of a side of the views.
        batch_size: Integer, images per step, over all devices.
        epochs: Integer, passes over the images.
        make_model: Function, a `Run` to a compiled `ContrastiveModel`.
        evaluation: `LinearProtocol`.
        splits: Tuple of the names of three splits: to pretrain on, to train
            the classifier on, and to test on. Defaults to `("train", "train",
            "test")`.
        held_out: Float in [0, 1), share of the images of each class that
            neither trains the encoder nor the classifier. Defaults to 0.
        reported: String, what they report of this run, or "" where they do
            not.
        notes: Tuple of strings, what differs from them.

    Example:

    >>> recipe = keras_contrastive.recipes.simclr_cifar10
    >>> recipe.batch_size, recipe.epochs
    (512, 1000)
    >>> model = recipe(epochs=100)
    """

    name: str
    title: str
    settings_of: str
    paper: str
    dataset: str
    num_images: int
    image_size: int
    view_size: int
    batch_size: int
    epochs: int
    make_model: Callable[[Run], ContrastiveModel]
    evaluation: LinearProtocol
    splits: tuple[str, str, str] = ("train", "train", "test")
    held_out: float = 0.0
    reported: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("num_images", "image_size", "batch_size", "epochs"):
            check_integer(name, getattr(self, name), 1)
        if not 0 <= self.held_out < 1:
            raise ValueError(
                "`held_out` must be at least 0 and below 1. "
                f"Received: held_out={self.held_out}"
            )

    @checked
    def __call__(
        self,
        *,
        num_images: int | None = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        seed: int | None = None,
    ) -> ContrastiveModel:
        """Makes the compiled model.

        Args:
            num_images: Integer, images of the training set. Defaults, as the
                next two, to the recipe's.
            batch_size: Integer, images per step, over all devices. Learning
                rates scale with it.
            epochs: Integer, passes over the images.
            seed: Integer seed of the views, or None.

        Returns:
            `ContrastiveModel` for `uint8` images of any size.
        """
        run = Run(
            self.num_images if num_images is None else num_images,
            self.batch_size if batch_size is None else batch_size,
            self.epochs if epochs is None else epochs,
            seed=seed,
        )
        return self.make_model(run)
