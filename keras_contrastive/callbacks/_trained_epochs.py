import keras

from keras_contrastive.training.contrastive_model import ContrastiveModel


def trained_epochs(model: keras.Model, epoch: int) -> int:
    """Epochs that a model has trained when `epoch` of a `fit` has ended.

    A `ContrastiveModel` counts them over all its calls of `fit`.
    """
    if isinstance(model, ContrastiveModel):
        return model.trained_epochs
    return epoch + 1
