from keras_contrastive.data.arrays import from_arrays
from keras_contrastive.data.batches import Batches
from keras_contrastive.data.folder import from_folder
from keras_contrastive.data.shape_pairs import shape_pairs
from keras_contrastive.data.shapes import shape_factors, shapes
from keras_contrastive.data.tfds import load

__all__ = [
    "Batches",
    "from_arrays",
    "from_folder",
    "load",
    "shape_factors",
    "shape_pairs",
    "shapes",
]
