"""Imports Keras; where its backend is missing, the error names the cure."""

BACKENDS = ("tensorflow", "jax", "torch")

try:
    import keras
except ModuleNotFoundError as error:
    missing = (error.name or "").partition(".")[0]
    if missing not in BACKENDS:
        raise
    raise ImportError(
        f"Keras runs on {missing}, which is missing: `pip install "
        f'"keras-contrastive[{missing}]"`; or choose a backend that you '
        "have by `KERAS_BACKEND`, jax or torch, before Keras is imported."
    ) from error


def is_compiled_by_torch() -> bool:
    """Whether `torch.compile` reads the code, which was checked before.

    A model is built first, by a call that checks all that it is given.
    """
    return is_compiling()


if keras.backend.backend() == "torch":
    from torch.compiler import is_compiling
else:

    def is_compiling() -> bool:
        return False
