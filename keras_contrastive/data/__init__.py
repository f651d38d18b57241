from keras_contrastive.data.arrays import from_arrays
from keras_contrastive.data.batches import Batches
from keras_contrastive.data.shapes import shape_factors, shapes

__all__ = ["Batches", "from_arrays", "shape_factors", "shapes"]
