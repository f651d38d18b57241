from keras_contrastive.data.arrays import from_arrays
from keras_contrastive.data.batches import Batches

__all__ = ["Batches", "from_arrays"]
