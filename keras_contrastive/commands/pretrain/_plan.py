from dataclasses import dataclass

import keras

from keras_contrastive.commands.pretrain._methods import METHODS, adamw
from keras_contrastive.commands.pretrain._survey import Survey
from keras_contrastive.recipes import Run

# By name of the option, the name in `kc.encoders`.
ENCODERS = {
    "small_cnn": "SmallCNN",
    "resnet18": "ResNet18",
    "resnet50": "ResNet50",
}
SMALLEST_VIEW = 16
# Pixels of views, and pictures seen, without a GPU and with one.
VIEW, GPU_VIEW = 64, 128
SEEN, GPU_SEEN = 640_000, 10_000_000
EPOCHS = (20, 800)
BATCH = 256
# From so many pictures on a GPU trains ResNet-50, and from such a size on
# views have the strength and the blur of ImageNet.
MANY, LARGE = 100_000, 96


@dataclass(frozen=True)
class Plan:
    """All that a training depends on.

    Args:
        folder: String, where the pictures are.
        run: `Run`, number of pictures, batch, epochs and seed.
        method: String, a key of `METHODS`.
        encoder: String, a name in `kc.encoders`.
        view_size: Integer, pixels of a view.
        load_size: Integer, pixels of what views are cut out of.
        on_gpu: Boolean, which trains in bfloat16.
    """

    folder: str
    run: Run
    method: str
    encoder: str
    view_size: int
    load_size: int
    on_gpu: bool

    @property
    def seed(self) -> int:
        return self.run.seed or 0

    @property
    def precision(self) -> str:
        return "mixed_bfloat16" if self.on_gpu else "float32"

    @property
    def is_small(self) -> bool:
        return self.encoder == "SmallCNN"

    @property
    def hidden_units(self) -> int:
        return 512 if self.is_small else 2048

    @property
    def strength(self) -> float:
        return 1.0 if self.view_size >= LARGE else 0.5

    @property
    def blur(self) -> bool:
        return self.view_size >= LARGE

    @property
    def optimizer(self):
        return adamw if self.is_small else METHODS[self.method].optimizer

    @property
    def learning_rate(self) -> float:
        """Rates of Adam grow with the root of the batch, others with it."""
        share, method = self.run.batch_size / BATCH, METHODS[self.method]
        if self.is_small:
            return float(f"{method.small_rate * share**0.5:.3g}")
        return float(f"{method.rate * share:.3g}")

    @property
    def xla(self) -> bool | str:
        """TensorFlow without XLA is faster on a processor, for these."""
        is_slow = keras.backend.backend() == "tensorflow" and not self.on_gpu
        return False if is_slow else "auto"


def make_plan(
    found: Survey,
    *,
    on_gpu: bool,
    method: str = "simclr",
    encoder: str | None = None,
    image_size: int | None = None,
    batch_size: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
) -> Plan:
    """Chooses what is not given, by number and size of the pictures.

    Raises:
        ValueError: If the views would be too small, or the batch too large.
    """
    count = len(found.files)
    if image_size is None:
        most = min(found.side, GPU_VIEW if on_gpu else VIEW)
        image_size = max(most // 8 * 8, SMALLEST_VIEW)
    if image_size < SMALLEST_VIEW:
        raise ValueError(
            f"--image-size must be at least {SMALLEST_VIEW} pixels, which the "
            f"encoder halves three times or more, not {image_size}"
        )
    if encoder is None:
        many = "resnet50" if count >= MANY else "resnet18"
        encoder = many if on_gpu else "small_cnn"
    if batch_size is None:
        batch_size = 8
        while 2 * batch_size <= min(BATCH, count // 4):
            batch_size *= 2
    if not 2 <= batch_size <= count:
        raise ValueError(
            f"--batch-size must be from 2 to {count}, the number of pictures, "
            f"not {batch_size}"
        )
    if epochs is None:
        least, most = EPOCHS
        seen = GPU_SEEN if on_gpu else SEEN
        epochs = min(max(round(seen / count), least), most)
    return Plan(
        found.folder,
        Run(count, batch_size, epochs, seed=seed),
        method,
        ENCODERS[encoder],
        image_size,
        max(image_size, min(image_size * 5 // 4, found.side)),
        on_gpu,
    )
