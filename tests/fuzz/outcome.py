"""Calls something public, uses what it returns, and says how that ended."""

import contextlib
import dataclasses
import functools
import inspect
import re
import signal
import tempfile
import time
import traceback
import warnings
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np

import keras_contrastive as kc
from tests.fuzz import odd, valid

LONGEST = 15  # seconds, of the processor: others may be busy
KINDS = (
    "success",
    "named",
    "unnamed",
    "not finite",
    "other exception",
    "too slow",
)
ALLOWED = ("success", "named")
# What these take may be symbolic: the numbers in it are not looked at.
OF_TENSORS = ("contrasts", "losses", "ops")


class TooSlow(BaseException):
    """What stops a call after `LONGEST`, whatever it catches."""


def stop(*unused):
    raise TooSlow


@dataclasses.dataclass
class Outcome:
    """How a call ended: one of `KINDS`, after how long, and what was said."""

    kind: str
    seconds: float
    message: str = ""


def outcome_of(name, replaced):
    """Calls with some of the valid arguments replaced.

    Args:
        name: String, a key of `valid.VALID`.
        replaced: Dictionary, argument to an entry of `odd.VALUES`.
    """
    room, public = name.split(".")
    given = {key: odd.made(value) for key, value in replaced.items()}
    arguments = {**valid.VALID[name](), **given}
    start, kind, message = time.process_time(), "success", ""
    run_eagerly(True)
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        with (
            tempfile.TemporaryDirectory() as place,
            contextlib.chdir(place),  # a word may become a file
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            result = getattr(getattr(kc, room), public)(**arguments)
            excused = room in OF_TENSORS and tensors_of(room, public) & {*given}
            if not (is_finite(used(result)) or excused):
                kind = "not finite"
    except (TypeError, ValueError) as error:
        names = [*replaced, *sum(map(names_of, given.values()), [])]
        names += valid.REFUSED.get(name, [])
        kind = "named" if names_one(str(error), names) else "unnamed"
        message = describe(error)
    except ImportError as error:
        kind, message = "named", describe(error)  # of what is not installed
    except TooSlow as error:
        kind, message = "too slow", describe(error)
    except Exception as error:
        kind, message = "other exception", describe(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        plt.close("all")
        run_eagerly(False)
    seconds = time.process_time() - start
    return Outcome("too slow" if seconds > LONGEST else kind, seconds, message)


def run_eagerly(value):
    """TensorFlow would compile all views anew."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(value)


def names_one(message, names):
    """Whether a message has an argument's name, in quotes or before `=`."""
    names = "|".join(map(re.escape, names))
    quoted = rf"`[^`\n]*\b({names})\b[^`\n]*`|['\"]({names})['\"]"
    return (
        re.search(rf"{quoted}|\b({names})(=|\.(__)?call)", message) is not None
    )


def names_of(part):
    """What Python and Keras name where a call of a part goes wrong."""
    if isinstance(part, type):  # is called where it stands for a function
        return list(inspect.signature(part).parameters)
    if isinstance(part, keras.layers.Layer):
        inputs = inspect.signature(part.call).parameters
        return [part.name, type(part).__name__, *inputs]
    return [type(part).__name__] if callable(part) else []


def describe(error):
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(str(error).split())[:150]
    return f"{type(error).__name__}: {text} ({place.name}:{place.lineno})"


def tensors_of(room, public):
    """Names of the arguments that are tensors, of any type to Python."""
    signature = inspect.signature(getattr(getattr(kc, room), public))
    given = signature.parameters.values()
    return {p.name for p in given if p.annotation is Any}


def is_finite(result):
    """Whether all numbers in arrays, lists and dictionaries are finite."""
    for part in keras.tree.flatten(result):
        if isinstance(part, str | bytes | type(None)):
            continue
        values = keras.ops.convert_to_numpy(part)
        if values.dtype.kind in "fc" and not np.isfinite(values).all():
            return False
    return True


@functools.singledispatch
def used(result):
    """Numbers that something public leads to; an array is such numbers."""
    is_number = isinstance(result, int | float | tuple | list | dict)
    return result if is_number or hasattr(result, "dtype") else []


@used.register
def _(result: keras.losses.Loss):
    if isinstance(result, kc.losses.SupConLoss):
        return result(valid.LABELS, [valid.Z1, valid.Z2])
    if type(result) is kc.losses.ContrastLoss:
        return []
    if isinstance(result, kc.losses.EquivariantNTXent):
        return result(np.stack([valid.Z1, valid.Z2], 1), np.ones((6, 2, 8)))
    return result(valid.Z1, valid.Z2)


@used.register
def _(result: keras.optimizers.schedules.LearningRateSchedule):
    return [result(0), result(5)]


@used.register
def _(result: keras.optimizers.Optimizer):
    weight = keras.Variable(np.ones((2, 2), "float32"))
    result.build([weight])
    result.apply([keras.ops.ones((2, 2))])
    return weight


@used.register
def _(result: kc.views.MultiView):
    return result(valid.IMAGES, training=True)


@used.register
def _(result: kc.views.BaseTransform):
    kinds = kc.views.BaseTransform, kc.views.Transform, kc.views.Split
    if type(result) in kinds:
        return []
    return kc.views.MultiView([kc.views.Pipeline([result])])(valid.IMAGES)


@used.register
def _(result: kc.views.Pipeline):
    return kc.views.MultiView([result])(valid.IMAGES)


@used.register
def _(result: kc.views.ViewFamily):
    return used(result.make_views(result.values[0]))


@used.register
def _(result: kc.contrasts.Contrast):
    return result.scores()


@used.register
def _(result: kc.contrasts.Mixing):
    return result(valid.Z1)


@used.register
def _(result: kc.contrasts.Scores):
    return kc.metrics.score_statistics(result)


@used.register
def _(result: kc.losses.PairLoss):
    return result(valid.contrast())


@used.register
def _(result: kc.evaluation.Report):
    return [str(result) and 0.0, *result.metrics.values()]


@used.register
def _(result: kc.evaluation.ViewSweep):
    return [str(result) and 0.0, *result.accuracy, result.is_interior()]


@used.register
def _(result: kc.data.Batches):
    return next(iter(result))


@used.register
def _(result: kc.ContrastiveModel):
    if type(result) is kc.ContrastiveModel:
        return []
    x = (valid.IMAGES / 255).astype("float32")
    if result.views is None:
        x = READY.get(type(result).__name__, lambda x: [x, x])(x)
    else:
        x = valid.IMAGES
    if result.needs_index:
        x = {"images": x, "index": valid.INDEX % result.num_images}
    outputs = result(x, training=True)
    labels = valid.LABELS if result.needs_labels else None
    return result.compute_loss(x, labels, outputs)


READY = {
    "CMC": lambda x: [x[..., :1], x[..., 1:]],
    "CPC": lambda x: [np.stack(3 * [np.stack(2 * [x[:, :6, :6]], 1)], 1)],
    "InfoMin": lambda x: [x, x, np.stack(2 * [x], 1)],
    "InstDis": lambda x: [x],
    "LearnedViews": lambda x: [x],
    "PIRL": lambda x: [x, np.stack(2 * [x], 1)],
}


@used.register
def _(result: kc.layers.ColorFlow):
    return result(valid.IMAGES)


@used.register
def _(result: kc.layers.ColorViews):
    return result(valid.IMAGES)


@used.register
def _(result: kc.layers.FeatureQueue):
    return result(valid.Z1, training=True)


@used.register
def _(result: kc.layers.MemoryBank):
    index = valid.INDEX % result.num_images
    return result(valid.Z1, index, training=True)


@used.register
def _(result: kc.layers.JigsawHead):
    return result(valid.Z1[:, None])


@used.register
def _(result: kc.layers.MapHead):
    return result(valid.Z1[:, None])


@used.register
def _(result: kc.layers.MomentumBranch):
    return [result(valid.Z1), result.share_kept()]


@used.register
def _(result: kc.layers.NoiseConstant):
    return result.estimate(valid.noisy_contrast)


@used.register
def _(result: kc.layers.PatchContext):
    return result(np.ones((2, 3, 2, 4), "float32"))


@used.register
def _(result: kc.layers.PositiveExtrapolation):
    return result(valid.Z1, valid.Z2, training=True)


@used.register
def _(result: kc.layers.NegativeInterpolation):
    return result(valid.Z1, training=True)


@used.register
def _(result: kc.layers.ProjectionHead):
    return result(valid.Z1)


@used.register
def _(result: kc.modules.Module):
    if type(result) is kc.modules.Module:
        return []
    views = valid.two_views()
    encoder = valid.encoder(None, None, 3)
    return used(kc.SimCLR(encoder, views, valid.head(), modules=[result]))


@used.register
def _(result: keras.callbacks.Callback):
    return []
