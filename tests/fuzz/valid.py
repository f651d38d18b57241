"""Valid arguments of everything public: what a fuzz replaces in part.

An entry of `VALID` makes keyword arguments, all small; what it is an entry of
is the name of a room and of what that exports.
"""

import functools
import pathlib
import tempfile

import keras
import numpy as np

import keras_contrastive as kc
from tests.conformance import tiny

RNG = np.random.default_rng(0)
COUNT = 6
IMAGES = RNG.integers(0, 255, (COUNT, 12, 12, 3), "uint8")
OTHER_IMAGES = RNG.integers(0, 255, IMAGES.shape, "uint8")
LABELS = np.arange(COUNT) % 2
INDEX = np.arange(COUNT)
Z1, Z2 = RNG.normal(size=(2, COUNT, 8)).astype("float32")
RECORDS = {
    "step": np.arange(4),
    "epoch": np.array([0, 0, 1, 1]),
    "positive_mean": np.linspace(0, 1, 4),
    "negative_mean": np.linspace(0, 0.5, 4),
    "negative_variance": np.linspace(1, 0.5, 4),
    "positive_histogram": np.full((4, 8), 0.125),
    "negative_histogram": np.full((4, 8), 0.125),
}


def tensor(array):
    return keras.ops.convert_to_tensor(array)


@functools.cache
def encoder(*shape):
    return tiny.encoder(shape or tiny.IMAGE_SHAPE, padding="same")


@functools.cache
def color_encoder(channels):
    return tiny.encoder((12, 12, channels), name=f"encoder_{channels}")


def head(units=8, **kwargs):
    return kc.layers.ProjectionHead(units, hidden_units=8, **kwargs)


def views():
    return tiny.two_crops()


def pipeline():
    return kc.views.Pipeline([tiny.crop(), kc.views.ColorJitter(0.4)])


def two_views():
    return kc.views.MultiView([pipeline(), pipeline()], seed=1)


def batches(labels=LABELS):
    return kc.data.from_arrays(IMAGES, labels, batch_size=3)


def train():
    return IMAGES, LABELS


def test():
    return OTHER_IMAGES, LABELS


def scores():
    of_queries, of_pairs = tensor(Z1[:, 0]), tensor(Z1)
    return kc.contrasts.Scores(of_queries, of_pairs, of_queries, of_pairs)


def contrast():
    return kc.contrasts.in_batch(Z1, Z2, temperature=0.5)


def noisy_contrast():
    negatives = tensor(np.stack([Z1, Z2], axis=1))
    return kc.contrasts.Contrast(
        tensor(Z1), tensor(Z2), negatives, log_noise=tensor(Z1[:, 0])
    )


def report():
    return kc.evaluation.Report("probe", {"accuracy": 0.5})


@functools.cache
def pretrained():
    """A method with an EquiMod, trained for one step."""
    module = kc.EquiMod(head(8), head(8), head(8))
    model = kc.SimCLR(
        encoder(),
        two_views(),
        head(),
        modules=[module],
    )
    model.compile("sgd", run_eagerly=True)
    model.fit(IMAGES, batch_size=COUNT, verbose=0)
    return model


def method(*heads, **kwargs):
    """Arguments of a method of two ready views."""
    names = ("projector", "predictor")[: len(heads)]
    return {
        "encoder": encoder(),
        "views": None,
        **dict(zip(names, heads, strict=True)),
        "modules": (),
        "feature_transform": None,
        "term_weights": None,
        **kwargs,
    }


def remembered(**kwargs):
    return {
        "num_images": 8,
        "num_negatives": 4,
        "temperature": 0.2,
        "momentum": 0.5,
        "seed": 1,
        **kwargs,
    }


def queue(**kwargs):
    return {
        "queue_size": 16,
        "momentum": 0.9,
        "temperature": 0.2,
        "batch_norm_splits": None,
        "seed": 1,
        **kwargs,
    }


def recipe(**kwargs):
    return {"image_size": 12, "seed": 1, **kwargs}


def projected(**kwargs):
    return {"temperature": 0.5, "name": "loss", **kwargs}


def small_resnet(normalization=(0.5, 0.2)):
    return {
        "input_shape": (8, 8, 3),
        "stem": "cifar",
        "width": 4,
        "normalization": normalization,
        "zero_init_residual": True,
        "block_norm": "batch",
        "name": None,
    }


def of_data(**kwargs):
    return {"shuffle": True, "seed": 1, "drop_remainder": None, **kwargs}


def mix(**kwargs):
    return {
        "alpha": 1.6,
        "per_dimension": False,
        "start_epoch": 0,
        "seed": 1,
        **kwargs,
    }


def plot(**kwargs):
    return {"title": "title", **kwargs}


def sweep():
    return kc.evaluation.ViewSweep(
        "strength",
        [1, 2, 3],
        RNG.random((3, 2)),
        RNG.random((3, 2)),
        RNG.random(2),
    )


def compiled_model(made, seed):
    model = kc.SimCLR(encoder(), made, head())
    model.compile("sgd", run_eagerly=True)
    return model


@functools.cache
def folder():
    """A folder of four pictures in two classes, for as long as Python runs."""
    place = tempfile.TemporaryDirectory()
    for number, image in enumerate(IMAGES[:4]):
        path = pathlib.Path(place.name, str(number % 2), f"{number}.png")
        path.parent.mkdir(exist_ok=True)
        keras.utils.save_img(path, image)
    return place


def square_views(side=6):
    return tiny.views([kc.views.RandomResizedCrop(side)])


def learn(**kwargs):
    return {"encoder": encoder(), "train": train(), "test": test(), **kwargs}


# What is refused although it is valid here: nothing is loaded or written.
REFUSED = {"data.load": ["name"], "export.export_encoder": ["encoder"]}

VALID = {
    "callbacks.BestModel": lambda: {
        "path": "best.keras",
        "monitor": "loss",
        "mode": "min",
        "every": 1,
        "encoder_only": False,
        "initial_value_threshold": None,
    },
    "callbacks.Checkpoint": lambda: {
        "folder": "runs",
        "every_steps": 5,
        "every_minutes": None,
        "keep": 3,
    },
    "callbacks.CollapseGuard": lambda: {
        "images": IMAGES,
        "every_steps": 5,
        "warmup": 2,
        "patience": 2,
        "action": "warn",
        "factor": 10.0,
        "thresholds": None,
    },
    "callbacks.FiniteGuard": lambda: {
        "policy": "rollback",
        "max_rollbacks": 3,
    },
    "callbacks.KNNProbe": lambda: {
        "train": batches(),
        "test": batches(),
        "every": 1,
        "k": 2,
        "temperature": 0.1,
        "encoder": None,
        "name": "knn",
    },
    "callbacks.LinearProbe": lambda: {
        "train": batches(),
        "test": batches(),
        "every": 1,
        "probe_epochs": 2,
        "encoder": None,
        "name": "linear",
    },
    "callbacks.LiveScores": lambda: {
        "recorder": kc.callbacks.ScoreRecorder(),
        "every": 1,
        "names": None,
    },
    "callbacks.RidgeProbe": lambda: {
        "train": batches(),
        "test": batches(),
        "every": 1,
        "encoder": None,
        "name": "ridge",
    },
    "callbacks.ScoreRecorder": lambda: {"path": None},
    "contrasts.Contrast": lambda: {
        "queries": tensor(Z1),
        "keys": tensor(Z2),
        "candidates": tensor(Z2),
        "own": tensor(INDEX),
        "left_out": (),
        "temperature": 0.5,
        "negative_temperature": None,
        "per_image": 1,
        "log_noise": None,
        "mixing": None,
        "raw_positives": None,
    },
    "contrasts.Mixing": lambda: {
        "order": np.arange(8)[::-1].copy(),
        "share": np.full((1, 1), 0.5, "float32"),
    },
    "contrasts.Scores": lambda: {
        "positives": tensor(Z1[:, 0]),
        "negatives": tensor(Z1),
        "pull": tensor(Z1[:, 0]),
        "push": tensor(Z1),
        "temperature": 0.5,
        "negative_temperature": None,
        "raw_positives": None,
    },
    "contrasts.among": lambda: {
        "queries": Z1,
        "keys": Z2,
        "negatives": Z2,
        "temperature": 0.5,
    },
    "contrasts.both_directions": lambda: {
        "z1": Z1,
        "z2": Z2,
        "temperature": 0.5,
        "negative_temperature": 0.2,
    },
    "contrasts.in_batch": lambda: {
        "queries": Z1,
        "keys": Z2,
        "temperature": 0.5,
    },
    "contrasts.in_memory": lambda: {
        "queries": Z1,
        "rows": Z2,
        "index": INDEX,
        "temperature": 0.5,
    },
    "contrasts.pairs": lambda: {"queries": Z1, "keys": Z2},
    "data.Batches": lambda: {
        "source": batches().source,
        "batch_size": 2,
        **of_data(labels=False, index=False),
    },
    "data.from_arrays": lambda: {
        "images": IMAGES,
        "labels": LABELS,
        "batch_size": 2,
        **of_data(index=False),
    },
    "data.from_folder": lambda: {
        "path": folder().name,
        "batch_size": 2,
        "image_size": 8,
        "max_pixels": 1000,
        **of_data(index=False, labels=False),
    },
    "data.label_subset": lambda: {
        "labels": LABELS,
        "share": 0.5,
        "per_class": None,
        "seed": 1,
    },
    "data.load": lambda: {
        "name": "no_such_data_set",
        "split": "train",
        "batch_size": 2,
        "image_size": 8,
        "data_dir": None,
        "manual_dir": None,
        "download": False,
        "max_memory": 1000,
        **of_data(index=False, labels=False),
    },
    "data.on_device": lambda: {"data": batches()},
    "data.shape_boxes": lambda: {
        "masks": np.ones((2, 8, 8), "uint8"),
    },
    "data.shape_factors": lambda: {
        "num_images": 4,
        "split": "train",
        "seed": 1,
    },
    "data.shape_masks": lambda: {
        "num_images": 4,
        "split": "train",
        "image_size": 16,
        "seed": 1,
    },
    "data.shape_pairs": lambda: {
        "num_pairs": 4,
        "shared": "shape",
        "split": "train",
        "image_size": 16,
        "seed": 1,
    },
    "data.shapes": lambda: {
        "num_images": 4,
        "split": "train",
        "image_size": 16,
        "batch_size": 2,
        **of_data(index=False, labels=False),
    },
    "data.train_test_split": lambda: {
        "data": batches(),
        "test_share": 0.5,
        "seed": 1,
    },
    "data.verify": lambda: {"path": folder().name},
    "encoders.ResNet18": small_resnet,
    "encoders.ResNet34": small_resnet,
    "encoders.ResNet50": small_resnet,
    "encoders.SmallCNN": lambda: {
        "input_shape": (8, 8, 3),
        "width": 2,
        "convolutions": ((1, 2), (2, 1)),
        "rescale": True,
        "name": None,
    },
    "evaluation.Report": lambda: {
        "name": "report",
        "metrics": {"accuracy": 0.5},
        "settings": {},
        "spreads": {},
        "tried": [],
        "values": {},
        "recalls": {"cat": 0.5},
        "predictions": None,
        "class_names": None,
        "make_model": None,
    },
    "evaluation.ViewSweep": lambda: {
        "name": "strength",
        "values": [1, 2],
        "mutual_information": np.ones((2, 2)),
        "accuracy": np.ones((2, 2)),
        "untrained": np.ones(2),
        "settings": {"cap": 1.0},
    },
    "evaluation.equivariance": lambda: {
        "model": pretrained(),
        "images": IMAGES,
        "view": 0,
        "seed": 1,
    },
    "evaluation.extract_features": lambda: {
        "encoder": encoder(),
        "data": train(),
        "batch_size": 3,
        "verbose": False,
    },
    "evaluation.factor_probe": lambda: learn(
        train=(IMAGES, {"x": Z1[:, 0]}),
        test=(OTHER_IMAGES, {"x": Z1[:, 0]}),
        periods=None,
    ),
    "evaluation.fine_tune": lambda: learn(
        rows=None,
        head=None,
        views=None,
        epochs=1,
        batch_size=6,
        learning_rate=0.1,
        encoder_rate=1.0,
        seed=1,
    ),
    "evaluation.knn": lambda: learn(k=2, temperature=0.1, verbose=False),
    "evaluation.knn_predict": lambda: {
        "train": Z1,
        "labels": LABELS,
        "test": Z2,
        "k": 2,
        "temperature": 0.1,
    },
    "evaluation.linear_evaluation": lambda: learn(
        views=None,
        epochs=1,
        batch_size=6,
        optimizer=None,
        seed=1,
    ),
    "evaluation.linear_probe": lambda: learn(
        learning_rate=0.1,
        weight_decay=0.0,
        validation=0.5,
        epochs=1,
        batch_size=6,
        seed=1,
        verbose=False,
    ),
    "evaluation.mutual_information": lambda: {
        "model": pretrained(),
        "images": IMAGES,
        "batch_size": 3,
        "unit": "nats",
    },
    "evaluation.parameter_probe": lambda: learn(
        train=IMAGES,
        test=OTHER_IMAGES,
        views=pipeline(),
        with_original=False,
        seed=1,
    ),
    "evaluation.ridge_probe": lambda: learn(
        penalties=[0.1, 1.0], validation=0.5, seed=1, verbose=False
    ),
    "evaluation.sweep_views": lambda: {
        "make_views": lambda value: views(),
        "values": [1, 2, 3],
        "images": IMAGES,
        "train": train(),
        "test": test(),
        "make_model": compiled_model,
        "held_out": None,
        "encoder_of": None,
        "seeds": 1,
        "epochs": 1,
        "batch_size": 6,
        "path": None,
        "name": "value",
    },
    "evaluation.transfer": lambda: {
        "encoder": encoder(),
        "datasets": {"one": (train(), test())},
        "probe": kc.evaluation.knn,
        "k": 2,
    },
    "export.crop_masks": lambda: {
        "masks": IMAGES[:, None, :, :, 0] > 128,
        "boxes": np.full((COUNT, 1, 4), (2, 3, 9, 8), "float32"),
    },
    "export.export_encoder": lambda: {
        "encoder": None,
        "path": "/nowhere/encoder.keras",
    },
    "export.feature_pyramid": lambda: {"encoder": encoder()},
    "export.instance_segmenter": lambda: {
        "encoder": encoder(),
        "num_classes": 2,
        "units": 4,
    },
    "export.paste_masks": lambda: {
        "logits": RNG.normal(size=(COUNT, 1, 4, 4)),
        "boxes": np.full((COUNT, 1, 4), (2, 3, 9, 8), "float32"),
        "image_size": (12, 12),
    },
    "export.segmenter": lambda: {
        "encoder": encoder(),
        "num_classes": 2,
        "units": 4,
    },
    "layers.ColorFlow": lambda: {
        "kind": "vp",
        "steps": 2,
        "hidden_units": 4,
        "name": None,
    },
    "layers.ColorViews": lambda: {"generator": None, "name": None},
    "layers.FeatureQueue": lambda: {"size": 8, "seed": 1, "name": None},
    "layers.JigsawHead": lambda: {
        "units": 4,
        "hidden_units": 4,
        "name": None,
    },
    "layers.MapHead": lambda: {"units": 4, "name": None},
    "layers.MemoryBank": lambda: {
        "num_images": 8,
        "num_negatives": 4,
        "momentum": 0.5,
        "seed": 1,
        "name": None,
    },
    "layers.MomentumBranch": lambda: {
        "layers": [head()],
        "momentum": 0.9,
        "name": None,
    },
    "layers.NegativeInterpolation": mix,
    "layers.NoiseConstant": lambda: {"num_images": 8, "temperature": 0.5},
    "layers.PatchContext": lambda: {
        "num_blocks": 1,
        "hidden_units": 4,
        "name": None,
    },
    "layers.PositiveExtrapolation": lambda: mix(normalize=False),
    "layers.ProjectionHead": lambda: {
        "units": 4,
        "num_layers": 2,
        "hidden_units": 4,
        "use_batch_norm": True,
        "ending": None,
        "name": None,
    },
    "losses.COSINE": lambda: {"contrast": contrast()},
    "losses.DECOUPLED": lambda: {"contrast": contrast()},
    "losses.NCE": lambda: {"contrast": noisy_contrast()},
    "losses.REGRESSION": lambda: {"contrast": contrast()},
    "losses.SOFTMAX": lambda: {"contrast": contrast()},
    "losses.BarlowTwinsLoss": lambda: {
        "redundancy": 0.1,
        "epsilon": 1e-5,
        "name": "loss",
    },
    "losses.CosineRegression": lambda: {"name": "loss"},
    "losses.DCL": projected,
    "losses.EquivariantNTXent": lambda: projected(sibling_negatives=True),
    "losses.InfoNCE": projected,
    "losses.MIOLoss": lambda: {
        "positive_temperature": 0.5,
        "negative_temperature": 0.2,
        "regularizer_weight": 1.0,
        "balance": True,
        "positive_repulsion": True,
        "name": "loss",
    },
    "losses.NTXent": projected,
    "losses.SupConLoss": projected,
    "losses.VICRegLoss": lambda: {
        "invariance": 25.0,
        "variance": 25.0,
        "covariance": 1.0,
        "name": "loss",
    },
    "losses.dcl_loss": lambda: {"contrast": contrast()},
    "losses.mio_loss": lambda: {
        "contrast": contrast(),
        "regularizer_weight": 1.0,
        "balance": True,
        "positive_repulsion": True,
    },
    "losses.nce_loss": lambda: {"contrast": noisy_contrast()},
    "losses.regression_loss": lambda: {"contrast": contrast()},
    "losses.softmax_loss": lambda: {"contrast": contrast()},
    "methods.AMDIM": lambda: method(
        head(),
        coarse_projector=kc.layers.MapHead(8),
        fine_projector=kc.layers.MapHead(8),
        maps=None,
        clip=20.0,
        seed=1,
    ),
    "methods.BYOL": lambda: method(head(), head(), momentum=0.9),
    "methods.BarlowTwins": lambda: method(head(), redundancy=0.1),
    "methods.CMC": lambda: method(
        head(),
        **remembered(),
        encoder=color_encoder(1),
        second_encoder=color_encoder(2),
        second_projector=head(),
    ),
    "methods.CPC": lambda: method(
        encoder=encoder(6, 6, 3),
        context=kc.layers.PatchContext(num_blocks=1, hidden_units=4),
        offsets=(1,),
        directions=("down", "left"),
        target_units=4,
    ),
    "methods.InfoMin": lambda: method(
        head(),
        **queue(),
        encoder=encoder(None, None, 3),
        jigsaw_head=kc.layers.JigsawHead(8),
    ),
    "methods.InstDis": lambda: method(head(), **remembered()),
    "methods.LearnedViews": lambda: method(
        head(),
        encoder=color_encoder(1),
        second_encoder=color_encoder(2),
        generator=None,
        classifiers=None,
        second_projector=head(),
        temperature=0.2,
    ),
    "methods.MIO": lambda: method(
        head(), positive_temperature=0.5, negative_temperature=0.2
    ),
    "methods.MoCo": lambda: method(head(), **queue(), symmetric=False),
    "methods.MoCoV3": lambda: method(
        head(), head(), momentum=0.9, temperature=0.5
    ),
    "methods.NNCLR": lambda: method(
        head(), head(), queue_size=16, temperature=0.2, loss=None, seed=1
    ),
    "methods.PIRL": lambda: method(
        head(),
        **remembered(),
        encoder=encoder(None, None, 3),
        jigsaw_head=kc.layers.JigsawHead(8),
    ),
    "methods.SimCLR": lambda: method(head(), temperature=0.2, loss=None),
    "methods.SimSiam": lambda: method(head(), head()),
    "methods.SupCon": lambda: method(head(), temperature=0.2),
    "methods.VICReg": lambda: method(head()),
    "metrics.alignment": lambda: {"z1": Z1, "z2": Z2},
    "metrics.dead_dimensions": lambda: {"features": Z1, "threshold": 0.01},
    "metrics.effective_rank": lambda: {"features": Z1, "centered": True},
    "metrics.equivariance": lambda: {
        "original": Z1,
        "embeddings": Z2,
        "predicted": Z2,
    },
    "metrics.feature_spread": lambda: {"z": Z1},
    "metrics.lidar": lambda: {
        "embeddings": np.stack([Z1, Z2], axis=1),
        "delta": 0.1,
    },
    "metrics.mio_displacements": lambda: {
        "loss": kc.losses.MIOLoss(),
        "x1": Z1,
        "x2": Z2,
        "kernel": Z1.T,
        "learning_rate": 0.1,
    },
    "metrics.mio_embedding_gradients": lambda: {
        "loss": kc.losses.MIOLoss(),
        "u1": Z1,
        "u2": Z2,
    },
    "metrics.mio_projector_gradient": lambda: {
        "loss": kc.losses.MIOLoss(),
        "x1": Z1,
        "x2": Z2,
        "kernel": Z1.T,
    },
    "metrics.momentum_drift": lambda: {"model": pretrained()},
    "metrics.mutual_information": lambda: {
        "scores": scores(),
        "unit": "nats",
    },
    "metrics.pair_weights": lambda: {
        "loss": kc.losses.NTXent(),
        "z1": Z1,
        "z2": Z2,
    },
    "metrics.score_statistics": lambda: {"scores": scores()},
    "metrics.uniformity": lambda: {"z": Z1, "t": 2.0},
    "modules.AugSelf": lambda: {"term_weights": None, "hidden_units": 4},
    "modules.ESSL": lambda: {
        "turned_views": square_views(),
        "predictor": head(4),
        "weight": 0.4,
    },
    "modules.EquiMod": lambda: {
        "projector": head(),
        "parameter_projector": head(),
        "predictor": head(),
        "weight": 1.0,
        "temperature": 0.2,
        "sibling_negatives": True,
    },
    "modules.Module": lambda: {"name": None},
    "ops.gather": lambda: {"x": Z1},
    "ops.global_rows": lambda: {"batch_size": 4},
    "ops.l2_normalize": lambda: {"x": Z1, "axis": -1, "epsilon": 1e-12},
    "ops.mean_over_replicas": lambda: {"x": Z1},
    "ops.unit_range": lambda: {"images": IMAGES, "dtype": "float32"},
    "ops.wide_float": lambda: {"x": Z1},
    "optimizers.LARS": lambda: {
        "learning_rate": 0.1,
        "momentum": 0.9,
        "weight_decay": 1e-6,
        "trust_coefficient": 0.001,
        "classic_momentum": True,
        "exclude": (),
        "rates": {"bias": 0.1},
        "name": "lars",
    },
    "optimizers.SGD": lambda: {
        "learning_rate": 0.1,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "rates": {"bias": 0.1},
        "name": "sgd",
    },
    "recipes.LinearProtocol": lambda: {
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 1.0,
        "nesterov": True,
        "drops": (1, 2),
        "drop": 0.2,
        "scale": (0.2, 1.0),
        "flip": 0.5,
        "interpolation": "bicubic",
    },
    "recipes.Recipe": lambda: {
        "name": "mine",
        "title": "SimCLR",
        "settings_of": "nobody",
        "paper": "https://arxiv.org/abs/2002.05709",
        "dataset": "cifar10",
        "num_images": 100,
        "image_size": 32,
        "view_size": 32,
        "batch_size": 10,
        "epochs": 2,
        "make_model": print,
        "evaluation": kc.recipes.LinearProtocol(3, 8, 1.0),
        "splits": ("train", "train", "test"),
        "held_out": 0.5,
        "reported": "",
        "notes": ("none",),
    },
    "recipes.Run": lambda: {
        "num_images": 100,
        "batch_size": 10,
        "epochs": 3,
        "seed": 1,
    },
    "recipes.simclr_cifar10": lambda: {
        "num_images": 100,
        "batch_size": 10,
        "epochs": 20,
        "seed": 1,
    },
    "schedules.cosine_momentum": lambda: {
        "momentum": 0.9,
        "num_images": 100,
        "batch_size": 10,
        "epochs": 3,
    },
    "schedules.warmup_cosine": lambda: {
        "learning_rate": 0.1,
        "num_images": 100,
        "batch_size": 10,
        "epochs": 3,
        "warmup_epochs": 1,
    },
    "training.ContrastiveModel": method,
    "views.Augment": lambda: {
        "layer": keras.layers.RandomBrightness(0.1, value_range=(0, 1)),
        "value_range": None,
    },
    "views.BaseTransform": lambda: {"name": None},
    "views.ChannelSplit": lambda: {"first": 1},
    "views.ColorDrop": lambda: {"probability": 0.5},
    "views.ColorJitter": lambda: {
        "brightness": 0.4,
        "contrast": (0.5, 1.5),
        "saturation": 0.4,
        "hue": 0.1,
        "probability": 0.8,
    },
    "views.ColorSpace": lambda: {"space": "lab"},
    "views.FrequencySplit": lambda: {"sigma": 1.0},
    "views.GaussianBlur": lambda: {
        "sigma": (0.1, 2.0),
        "kernel_size": 3,
        "probability": 0.5,
    },
    "views.Grayscale": lambda: {"probability": 0.5},
    "views.Jigsaw": lambda: {"patch_size": 4, "grid": 2},
    "views.MultiView": lambda: {"pipelines": [pipeline()], "seed": 1},
    "views.Normalize": lambda: {"mean": 0.5, "std": (0.2, 0.2, 0.2)},
    "views.PatchFlip": lambda: {"probability": 0.5},
    "views.PatchGrid": lambda: {"patch_size": 6, "stride": 3, "crop": 4},
    "views.PatchPair": lambda: {"patch_size": 4, "distance": 2},
    "views.Pipeline": lambda: {"transforms": [tiny.crop()]},
    "views.QuarterTurns": lambda: {"probability": 0.5},
    "views.RandAugment": lambda: {
        "num_operations": 2,
        "magnitude": 9.0,
        "magnitude_std": 0.5,
        "rate": 0.5,
    },
    "views.RandomResizedCrop": lambda: {
        "image_size": 8,
        "scale": (0.1, 1.0),
        "ratio": (0.75, 1.5),
        "flip": 0.5,
        "interpolation": "bilinear",
        "antialias": True,
    },
    "views.Solarize": lambda: {"threshold": 0.5, "probability": 0.5},
    "views.Split": lambda: {"name": None},
    "views.Transform": lambda: {"probability": 0.5},
    "views.ViewFamily": lambda: {
        "name": "family",
        "values": (1, 2),
        "make_views": lambda value: views(),
    },
    "views.amdim": lambda: recipe(hue=0.1),
    "views.byol": lambda: recipe(scale=(0.1, 1.0)),
    "views.cmc": lambda: recipe(space="lab", scale=(0.1, 1.0)),
    "views.color_spaces": lambda: recipe(values=("rgb", "lab")),
    "views.cpc": lambda: recipe(patch_size=6, stride=3, crop=4),
    "views.cpc_v2": lambda: recipe(patch_size=6, stride=3, crop=4),
    "views.crop_areas": lambda: recipe(values=(0.5, 0.2)),
    "views.equimod": lambda: recipe(dataset="cifar10", base="simclr"),
    "views.frequency_cuts": lambda: recipe(values=(0.5, 1.0)),
    "views.infomin": lambda: recipe(
        rand_augment=False, jigsaw=True, jigsaw_size=12, patch_size=3
    ),
    "views.jitter_strengths": lambda: recipe(values=(0.5, 1.0), channels=3),
    "views.mio": lambda: recipe(strength=0.5),
    "views.moco_v1": lambda: recipe(num_views=2),
    "views.moco_v2": lambda: recipe(num_views=2, blur=True),
    "views.multi_crop": lambda: recipe(
        local_size=6,
        num_global=1,
        num_local=1,
        scale=(0.1, 1.0),
        local_scale=(0.1, 0.2),
    ),
    "views.patch_distances": lambda: {
        "patch_size": 4,
        "values": (0, 2),
        "seed": 1,
    },
    "views.pirl": lambda: recipe(jigsaw_size=12, grid=2, patch_size=4),
    "views.simclr": lambda: recipe(
        strength=0.5, blur=False, channels=3, num_views=2
    ),
    "views.simsiam": lambda: recipe(blur=False),
    "views.to_dataset": lambda: {
        "views": views(),
        "dataset": batches(),
        "initial_epoch": 0,
        "num_parallel_calls": 1,
        "return_parameters": False,
    },
    "visualization.plot_displacements": lambda: plot(
        model=pretrained(),
        images=IMAGES[:1],
        parameter="color_jitter/brightness",
        values=2,
    ),
    "visualization.plot_embedding": lambda: plot(
        features=Z1, labels=LABELS, class_names=None, method="pca", seed=1
    ),
    "visualization.plot_gradient_landscape": lambda: plot(
        temperature=0.2, num_negatives=8, mio_temperature=0.5
    ),
    "visualization.plot_history": lambda: plot(
        history={"loss": [1.0, 0.5]}, every=1
    ),
    "visualization.plot_pair_weights": lambda: {
        "z1": Z1,
        "z2": Z2,
        "losses": None,
    },
    "visualization.plot_parameter_sweep": lambda: plot(
        transform=pipeline(),
        images=IMAGES[:1],
        parameter="color_jitter/brightness",
        values=2,
    ),
    "visualization.plot_predicted_neighbors": lambda: plot(
        model=pretrained(),
        image=IMAGES[0],
        candidates=IMAGES[1:],
        parameter="color_jitter/brightness",
        values=2,
        count=1,
    ),
    "visualization.plot_reverse_u": lambda: plot(sweep=sweep()),
    "visualization.plot_score_curves": lambda: plot(
        runs={"run": RECORDS},
        names=("positive_mean",),
        skip=0,
        smooth=1,
        epochs_marked=(1,),
    ),
    "visualization.plot_score_ridge": lambda: plot(
        records=RECORDS, which="both", rows=2
    ),
    "visualization.plot_score_sweep": lambda: plot(
        runs={0.9: RECORDS},
        names=("positive_mean",),
        label="momentum",
        skip=0,
        smooth=1,
    ),
    "visualization.plot_scores": lambda: plot(
        reports={"one": report()}, metrics=("accuracy",)
    ),
    "visualization.plot_views": lambda: plot(
        views=views(), images=IMAGES, num_images=2, parameters=False
    ),
}
