"""What `transfer.py` pretrains: encoders, heads, views and two methods."""

import keras

import keras_contrastive as kc

BATCH = 256


class Setting:
    """Head and views that methods share, for one seed."""

    def __init__(self, seed):
        self.seed = seed

    def head(self, ending=None):
        return kc.layers.ProjectionHead(
            128, num_layers=2, hidden_units=512, ending=ending
        )

    def crop(self):
        return kc.views.RandomResizedCrop(self.side, scale=(self.least, 1.0))

    def views(self):
        pipelines = [
            kc.views.Pipeline([self.crop(), *self.colors()]) for _ in range(2)
        ]
        return kc.views.MultiView(pipelines, seed=self.seed)


class FashionMNIST(Setting):
    """Gray images of 28 pixels, and the quickstart's encoder."""

    side, least = 28, 0.2

    def encoder(self):
        return kc.encoders.SmallCNN((self.side, self.side, 1))

    def colors(self):
        return [kc.views.ColorJitter(0.4, 0.4, probability=0.8)]


class Shapes(Setting):
    """Shapes of 64 pixels, and an encoder with the levels P1 to P5."""

    side, least = 64, 0.3

    def encoder(self):
        return kc.encoders.ResNet18(
            (self.side, self.side, 3),
            stem="imagenet",
            width=16,
            zero_init_residual=False,
        )

    def colors(self):
        return [
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]


def simclr(setting):
    return kc.SimCLR(
        setting.encoder(), setting.views(), setting.head(), temperature=0.2
    )


def mio(setting):
    return kc.MIO(setting.encoder(), setting.views(), setting.head("affine"))


STARTS = {"scratch": None, "SimCLR": simclr, "MIO": mio}


def pretrain(start, setting, train, count, epochs):
    """An encoder, trained without labels or as it begins.

    Args:
        start: String, of `STARTS`.
        setting: `Setting`.
        train: Batches of images.
        count: Integer, images of an epoch.
        epochs: Integer.
    """
    keras.utils.set_random_seed(setting.seed)
    if STARTS[start] is None:
        return setting.encoder()
    model = STARTS[start](setting)
    rate = kc.schedules.warmup_cosine(
        2e-3,
        num_images=count,
        batch_size=BATCH,
        epochs=epochs,
        warmup_epochs=0.5,
    )
    # On a CPU these encoders are slower with XLA.
    xla = False if keras.backend.backend() == "tensorflow" else "auto"
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-4), jit_compile=xla
    )
    model.fit(train, epochs=epochs, verbose=0)
    return model.encoder
