"""A small run of each method, with all that has a state.

The encoder has batch normalization and dropout, views are random, the
optimizer keeps averages of the weights, scales the loss and follows a
schedule; a probe, two guards and, where there are scores, a recorder are on.
One image is broken: its batch of each epoch is taken back.
"""

import json
import random
import warnings

import keras
import method_rows
import numpy as np

import keras_contrastive as kc

SIDE, BATCH = 12, 8
EPOCHS, STEPS = 3, 6
COUNT = BATCH * STEPS + 2


class Setting(method_rows.Setting):
    """Small parts; the views of `method_rows.py`."""

    width = 16

    def __init__(self, seed=0):
        super().__init__("shapes", seed, COUNT, EPOCHS * COUNT, SIDE)

    def momentum(self, start):
        return kc.schedules.cosine_momentum(
            start, num_images=COUNT, batch_size=BATCH, epochs=EPOCHS
        )

    def encoder(self, open_sides=False, channels=3):
        side = None if open_sides else self.side
        return keras.Sequential(
            [
                keras.Input((side, side, channels)),
                keras.layers.Conv2D(4, 3, strides=2, padding="same"),
                keras.layers.BatchNormalization(momentum=0.9),
                keras.layers.ReLU(),
                keras.layers.Dropout(0.2),
                keras.layers.GlobalAveragePooling2D(),
            ]
        )

    def head(self, ending=None, num_layers=2, units=None, hidden_units=32):
        return kc.layers.ProjectionHead(
            self.width, num_layers=num_layers, hidden_units=32, ending=ending
        )

    def view(self):
        return kc.views.Pipeline([self.crop()])


def simclr(s):
    return kc.SimCLR(
        s.encoder(), kc.views.simclr(s.side, seed=s.seed), s.head()
    )


def aug_self(s):
    views = kc.views.simclr(s.side, seed=s.seed)
    modules = [kc.AugSelf(hidden_units=16)]
    return kc.SimCLR(s.encoder(), views, s.head(), modules=modules)


def essl(s):
    turned = kc.views.MultiView(
        [kc.views.Pipeline([kc.views.RandomResizedCrop(s.side // 2)])],
        seed=s.seed,
    )
    predictor = keras.Sequential(
        [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(4)]
    )
    return kc.SimCLR(
        s.encoder(open_sides=True),
        s.views(),
        s.head(),
        modules=[kc.ESSL(turned, predictor)],
    )


def equimod(s):
    heads = s.head("standardize"), s.head("affine", 1), s.head("standardize", 1)
    return method_rows.simclr(s, modules=[kc.EquiMod(*heads)])


def feature_transformation(s):
    transforms = [
        kc.layers.PositiveExtrapolation(seed=s.seed),
        kc.layers.NegativeInterpolation(seed=s.seed),
    ]
    return method_rows.moco(s, feature_transform=transforms)


def learned_views(s):
    def classifier():
        pool = keras.layers.GlobalAveragePooling2D()
        return keras.Sequential([pool, keras.layers.Dense(3)])

    return kc.LearnedViews(
        s.encoder(channels=1),
        s.encoder(channels=2),
        s.views(1),
        generator=kc.layers.ColorFlow("nvp", steps=2, hidden_units=4),
        classifiers=[classifier(), classifier()],
        projector=s.head("bias"),
        second_projector=s.head("bias"),
    )


METHODS = {
    **method_rows.METHODS,
    "AugSelf": aug_self,
    "ESSL": essl,
    "EquiMod": equimod,
    "FT": feature_transformation,
    "LearnedViews": learned_views,
    "SimCLR": simclr,
}


def repeat_bits():
    """Makes equal runs on TensorFlow equal, bit for bit.

    One of its optimizers of graphs joins sums to long ones, which it adds
    beginning with whatever is ready first.
    """
    import tensorflow as tf

    options = {"arithmetic_optimization": False}
    tf.config.optimizer.set_experimental_options(options)


class Run:
    """A run from its seed: the same script, started again.

    Args:
        method: String, a key of `METHODS`.
        epochs: Integer.
        records: Path of the recorder's file, or None.
    """

    def __init__(self, method, *, epochs=EPOCHS, records=None):
        self.epochs = epochs
        if keras.backend.backend() == "tensorflow":
            repeat_bits()
        # Where Keras draws seeds from; its own function imports TensorFlow.
        random.seed(0)
        if keras.backend.backend() == "torch":
            import torch

            torch.manual_seed(0)
        s = Setting()
        self.model = model = METHODS[method](s)
        rng = np.random.default_rng(0)
        images = coarse(rng, COUNT).astype("float32") / 255
        labels = np.arange(len(images)) % 3
        self.train = kc.data.from_arrays(
            images,
            labels if model.needs_labels else None,
            batch_size=BATCH,
            shuffle=True,
            index=model.needs_index,
        )
        self.train.source.images[3, 0, 0, 0] = np.nan
        bank, queries = coarse(rng, 24), coarse(rng, 12)
        encoder = None
        if method == "CMC":
            encoder = method_rows.whole_image_encoder("CMC", model, s)
        elif method == "LearnedViews":
            encoder = model.joint_encoder()
        probe = kc.callbacks.KNNProbe(
            (bank, np.arange(24) % 3),
            (queries, np.arange(12) % 3),
            every=1,
            k=5,
            encoder=encoder,
        )
        # Sees a collapse at any time, to have something to keep.
        self.guard = kc.callbacks.CollapseGuard(
            queries,
            every_steps=4,
            warmup=0,
            patience=2,
            thresholds={"projection_spread": 1e3},
        )
        self.finite = kc.callbacks.FiniteGuard("rollback", max_rollbacks=epochs)
        self.callbacks = [self.finite, probe, self.guard]
        self.recorder = None
        if model.pair_loss is not None:
            self.recorder = kc.callbacks.ScoreRecorder(records)
            self.callbacks.append(self.recorder)
        schedule = keras.optimizers.schedules.CosineDecay(0.01, epochs * STEPS)
        optimizer = keras.optimizers.Adam(
            schedule, use_ema=True, ema_momentum=0.9
        )
        model.compile(
            keras.optimizers.LossScaleOptimizer(
                optimizer, initial_scale=1024.0, dynamic_growth_steps=4
            ),
            jit_compile=keras.backend.backend() == "jax",
        )

    def fit(self, callbacks=()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.history = self.model.fit(
                self.train,
                epochs=self.epochs,
                verbose=0,
                callbacks=[*callbacks, *self.callbacks],
            ).history

    def state(self):
        """All that training has changed, name to array."""
        guard, recorder = self.guard, self.recorder
        variables = {
            "model": self.model.variables,
            "optimizer": self.model.optimizer.variables,
            "metrics": self.model.metrics_variables,
        }
        # By number: TensorFlow names those that the first step makes otherwise.
        arrays = {
            f"{kind} {number}": keras.ops.convert_to_numpy(variable)
            for kind, each in variables.items()
            for number, variable in enumerate(each)
        }
        records = recorder.records if recorder else {}
        fields = {
            name: getattr(guard, name)
            for name in ("alarms", "looks", "judged", "step", "is_finite")
        }
        fields["checksum"] = guard.diagnostics.checksum
        fields["not_finite"] = self.finite.alarms
        return {
            **arrays,
            **{f"history {k}": np.array(v) for k, v in self.history.items()},
            **{f"record {name}": rows for name, rows in records.items()},
            "guard": np.array(json.dumps(fields)),
            "epochs": np.array(self.model.trained_epochs),
        }


def coarse(rng, count):
    """Images of a few large pixels."""
    pixels = rng.integers(0, 256, (count, 4, 4, 3), "uint8")
    return pixels.repeat(SIDE // 4, axis=1).repeat(SIDE // 4, axis=2)
