import functools

import keras


@functools.cache
def one_program(function):
    """The function of tensors; on JAX compiled, which saves minutes.

    There each operation alone compiles anew for each shape.
    """
    if keras.backend.backend() != "jax":
        return function
    import jax

    return jax.jit(function)
