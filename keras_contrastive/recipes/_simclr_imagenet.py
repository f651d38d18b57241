from keras_contrastive import encoders, views
from keras_contrastive._checked import checked
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SimCLR
from keras_contrastive.optimizers import LARS
from keras_contrastive.schedules import warmup_cosine


@checked
def simclr_imagenet(
    *,
    num_images: int = 1281167,
    batch_size: int = 4096,
    epochs: int = 100,
    seed: int | None = None,
) -> SimCLR:
    """SimCLR on ImageNet with a ResNet-50, as in the paper.

    Full color jitter and blur, temperature 0.1, a head of one hidden layer,
    LARS with learning rate `0.3 * batch / 256`, weight decay 1e-6, ten epochs
    of warm-up, then a cosine, as also in the authors' first release. (Their
    later release takes two hidden layers, `0.075 * sqrt(batch)` and weight
    decay 1e-4.) The authors report about 64.5 % linear accuracy after 100
    epochs; not measured here. It differs from the authors' code as
    `simclr_cifar10` does, and in the blur (mirrored borders, one width per
    image).

    Args:
        num_images: Integer, images of the training set.
        batch_size: Integer, images per step, over all devices.
        epochs: Integer above 10, passes over the images.
        seed: Integer seed of the views, or None.

    Returns:
        A compiled `SimCLR` for `uint8` images of any size; views have 224
        pixels.

    Example:

    >>> model = keras_contrastive.recipes.simclr_imagenet(batch_size=1024)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        2.3; https://github.com/google-research/simclr, readme of the first
        release.
    """
    model = SimCLR(
        encoders.ResNet50((224, 224, 3), stem="imagenet"),
        views.simclr(224, seed=seed),
        ProjectionHead(128, num_layers=2),
        temperature=0.1,
    )
    schedule = warmup_cosine(
        0.3 * batch_size / 256,
        num_images=num_images,
        batch_size=batch_size,
        epochs=epochs,
    )
    model.compile(LARS(schedule, weight_decay=1e-6))
    return model
