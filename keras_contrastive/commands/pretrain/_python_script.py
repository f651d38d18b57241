import inspect

import keras

from keras_contrastive.commands.pretrain._methods import METHODS
from keras_contrastive.commands.pretrain._plan import Plan

SCRIPT = '''\
"""Pretrains an encoder on a folder of pictures, without labels.

Gives the encoder that `python -m keras_contrastive pretrain` gave, on the same
kind of machine with the same versions, where the backend repeats its bits.
"""

{imports}

os.environ.setdefault("KERAS_BACKEND", "{backend}")

import keras

import keras_contrastive as kc

FOLDER = {folder}


{functions}

run = kc.recipes.Run({num_images}, {batch_size}, {epochs}, seed={seed})
keras.utils.set_random_seed({seed})
{mixed}train = kc.data.from_folder(
    FOLDER,
    {batch_size},
    image_size={load_size},
    seed={seed},
    on_error="substitute",
)
encoder = kc.encoders.{encoder}(({view_size}, {view_size}, 3))
views = kc.views.simclr(
    {view_size},
    strength={strength},
    blur={blur},
    seed={seed},
)
model = {method}(encoder, views, run, hidden_units={hidden_units})
rate = run.warmup_cosine({learning_rate})
model.compile({optimizer}(rate){xla})
model.fit(
    train,
    epochs=run.epochs,
    callbacks=[
        kc.callbacks.FiniteGuard("rollback"),
        kc.callbacks.Checkpoint("checkpoint-of-script", every_minutes=10),
    ],
)
{plain}
# Pictures of any size in, as they come from a file.
resize = keras.layers.Resizing(
    {view_size},
    {view_size},
    crop_to_aspect_ratio=True,
    antialias=True,
    data_format="channels_last",
    dtype="float32",
)
whole = keras.Sequential([keras.Input((None, None, 3)), resize, encoder])
kc.export.export_encoder(whole, "encoder.keras")
'''
MIXED = 'keras.config.set_dtype_policy("mixed_bfloat16")\n'
# In the file the encoder computes in float32, which every machine can.
PLAIN = """
keras.config.set_dtype_policy("float32")
trained = encoder.get_weights()
encoder = kc.encoders.{encoder}(({view_size}, {view_size}, 3))
encoder.set_weights(trained)
"""


def python_script(plan: Plan) -> str:
    """What a plan does, by public names alone."""
    make = METHODS[plan.method].make
    functions = "\n\n".join(map(inspect.getsource, (make, plan.optimizer)))
    named = {"encoder": plan.encoder, "view_size": plan.view_size}
    return SCRIPT.format(
        imports="import math\nimport os"
        if "math." in functions
        else "import os",
        backend=keras.backend.backend(),
        folder=repr(plan.folder),
        functions=functions,
        num_images=plan.run.num_images,
        batch_size=plan.run.batch_size,
        epochs=plan.run.epochs,
        seed=plan.seed,
        load_size=plan.load_size,
        strength=plan.strength,
        blur=plan.blur,
        method=make.__name__,
        hidden_units=plan.hidden_units,
        learning_rate=plan.learning_rate,
        optimizer=plan.optimizer.__name__,
        xla="" if plan.xla else ", jit_compile=False",
        mixed=MIXED if plan.on_gpu else "",
        plain=PLAIN.format(**named) if plan.on_gpu else "",
        **named,
    )
