from keras_contrastive.data.arrays import from_arrays
from keras_contrastive.data.batches import Batches
from keras_contrastive.data.folder import from_folder
from keras_contrastive.data.label_subset import label_subset
from keras_contrastive.data.shape_masks import shape_boxes, shape_masks
from keras_contrastive.data.shape_pairs import shape_pairs
from keras_contrastive.data.shapes import shape_factors, shapes
from keras_contrastive.data.tfds import load

__all__ = [
    "Batches",
    "from_arrays",
    "from_folder",
    "label_subset",
    "load",
    "shape_boxes",
    "shape_factors",
    "shape_masks",
    "shape_pairs",
    "shapes",
]
