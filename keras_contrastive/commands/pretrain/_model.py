"""What the script of `pretrain` does, in the command."""

import pathlib

import keras

from keras_contrastive import encoders, views
from keras_contrastive.commands.pretrain._any_size import of_any_size
from keras_contrastive.commands.pretrain._methods import METHODS
from keras_contrastive.commands.pretrain._plan import Plan
from keras_contrastive.data import Batches, from_folder
from keras_contrastive.export import export_encoder
from keras_contrastive.training import ContrastiveModel


def make_data(plan: Plan) -> Batches:
    return from_folder(
        plan.folder,
        plan.run.batch_size,
        image_size=plan.load_size,
        seed=plan.seed,
        on_error="substitute",
    )


def make_encoder(plan: Plan) -> keras.Model:
    make = getattr(encoders, plan.encoder)
    return make((plan.view_size, plan.view_size, 3))


def make_model(plan: Plan) -> ContrastiveModel:
    """The compiled model, from the seed of the run on."""
    keras.utils.set_random_seed(plan.seed)
    if plan.on_gpu:
        keras.config.set_dtype_policy("mixed_bfloat16")
    encoder = make_encoder(plan)
    pair = views.simclr(
        plan.view_size,
        strength=plan.strength,
        blur=plan.blur,
        seed=plan.seed,
    )
    make = METHODS[plan.method].make
    model = make(encoder, pair, plan.run, hidden_units=plan.hidden_units)
    rate = plan.run.warmup_cosine(plan.learning_rate)
    model.compile(plan.optimizer(rate), jit_compile=plan.xla)
    return model


def plain_encoder(encoder: keras.Model, plan: Plan) -> keras.Model:
    """The encoder, in float32 whatever it was trained in."""
    if not plan.on_gpu:
        return encoder
    keras.config.set_dtype_policy("float32")
    plain = make_encoder(plan)
    plain.set_weights(encoder.get_weights())
    return plain


def keep_encoder(
    encoder: keras.Model, plan: Plan, output: pathlib.Path
) -> None:
    whole = of_any_size(encoder, plan.view_size)
    export_encoder(whole, output / "encoder.keras")
