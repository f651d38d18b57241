import math


class KeyedRandom:
    """A row of random numbers, in the forms in which image layers ask.

    Stands in for `tf.random.Generator` and for the random functions of a Keras
    backend while a layer is called for one image.

    Args:
        layer: Layer that will ask, named in errors.
        functions: Module or namespace with `cast`, `floor`, `minimum`,
            `erfinv`, `reshape` and `zeros`.
        row: float32 tensor `(columns,)` in [0, 1), used from left to right,
            or None for 0.5 as every number.

    Attributes:
        num_columns: Integer, how many numbers were used.
    """

    def __init__(self, layer, functions, row=None):
        self.layer, self.functions, self.row = layer, functions, row
        self.num_columns = 0

    def uniform(
        self, shape, minval=0, maxval=None, dtype=None, seed=None, name=None
    ):
        dtype = getattr(dtype, "name", dtype) or "float32"
        low = self.functions.cast(minval, "float32")
        high = self.functions.cast(1 if maxval is None else maxval, "float32")
        values = low + self.take(shape) * (high - low)
        if "int" in dtype:
            # Rounding must not reach `maxval`, which is left out.
            values = self.functions.minimum(
                self.functions.floor(values), high - 1
            )
        return self.functions.cast(values, dtype)

    def randint(self, shape, minval, maxval, dtype="int32", seed=None):
        return self.uniform(shape, minval, maxval, dtype)

    def normal(
        self, shape, mean=0.0, stddev=1.0, dtype=None, seed=None, name=None
    ):
        # The inverse of the distribution; the shift keeps it off infinity.
        centered = 2 * self.take(shape) - 1 + 2.0**-24
        values = mean + stddev * 2**0.5 * self.functions.erfinv(centered)
        dtype = getattr(dtype, "name", dtype) or "float32"
        return self.functions.cast(values, dtype)

    def take(self, shape):
        zeros = self.functions.zeros(shape)
        # A size that is not known while tracing is the batch: one image.
        shape = [size or 1 for size in zeros.shape]
        start = self.num_columns
        self.num_columns += math.prod(shape)
        if self.row is None:
            return zeros + 0.5
        row = self.row[start : self.num_columns]
        return self.functions.reshape(row, shape)

    def __getattr__(self, name):
        raise ValueError(
            f"`{type(self.layer).__name__}` draws by `{name}`, which `Augment` "
            "cannot tie to an image; it can with `uniform` and `normal`."
        )


class NoRandom(KeyedRandom):
    """For layers that should have drawn all they need."""

    def take(self, shape):
        raise DrawsMore


class DrawsMore(Exception):
    """A layer draws where it was expected not to."""
