import keras

from keras_contrastive.ops import num_replicas


def batch_norm(**kwargs):
    """Batch normalisation as the papers use it.

    Momentum 0.9 and epsilon 1e-5 instead of Keras' 0.99 and 1e-3, and
    statistics of the global batch: synchronised if it is made inside the scope
    of a TensorFlow strategy with several replicas. (On JAX they are global
    whatever the number of devices.)

    Args:
        **kwargs: Further arguments of `keras.layers.BatchNormalization`.

    Returns:
        A `keras.layers.BatchNormalization`.

    Example:

    >>> x = keras_contrastive.layers.batch_norm()(x)
    """
    return keras.layers.BatchNormalization(
        **{
            "momentum": 0.9,
            "epsilon": 1e-5,
            "synchronized": num_replicas() > 1,
            **kwargs,
        }
    )
