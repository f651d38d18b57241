from keras_contrastive import encoders, views
from keras_contrastive._checked import checked
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SimCLR
from keras_contrastive.optimizers import LARS
from keras_contrastive.schedules import warmup_cosine


@checked
def simclr_cifar10(
    *,
    num_images: int = 50000,
    batch_size: int = 512,
    epochs: int = 1000,
    seed: int | None = None,
) -> SimCLR:
    """SimCLR on CIFAR-10 with a ResNet-18, as in the authors' first release.

    CIFAR stem, color jitter of strength 0.5 without blur, temperature 0.5,
    a head of one hidden layer, LARS with learning rate `1.0 * batch / 256`,
    weight decay 1e-6, ten epochs of warm-up, then a cosine. (Their later
    release takes two hidden layers and weight decay 1e-4.) The authors report
    about 91 % linear accuracy; not measured here. It differs from the authors'
    code in the crop (aspect drawn log-uniformly, ten tries, antialias), in
    brightness, contrast and saturation (torchvision's formulas), in the
    initializers, and in the loss, the mean of two directions, not their sum.

    Args:
        num_images: Integer, images of the training set.
        batch_size: Integer, images per step, over all devices.
        epochs: Integer above 10, passes over the images.
        seed: Integer seed of the views, or None.

    Returns:
        A compiled `SimCLR` for `uint8` images `(batch, 32, 32, 3)`.

    Example:

    >>> model = keras_contrastive.recipes.simclr_cifar10(epochs=100)
    >>> train = keras_contrastive.data.load("cifar10", "train", 512)
    >>> history = model.fit(train, epochs=100)

    Reference: https://github.com/google-research/simclr, readme of the first
        release; Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix
        B.9.
    """
    model = SimCLR(
        encoders.ResNet18((32, 32, 3), stem="cifar"),
        views.simclr(32, strength=0.5, blur=False, seed=seed),
        ProjectionHead(128, num_layers=2),
        temperature=0.5,
    )
    schedule = warmup_cosine(
        1.0 * batch_size / 256,
        num_images=num_images,
        batch_size=batch_size,
        epochs=epochs,
    )
    model.compile(LARS(schedule, weight_decay=1e-6))
    return model
