from keras_contrastive.data._arrays import from_arrays
from keras_contrastive.data._folder import from_folder
from keras_contrastive.data._label_subset import label_subset
from keras_contrastive.data._on_device import on_device
from keras_contrastive.data._shape_masks import shape_boxes, shape_masks
from keras_contrastive.data._shape_pairs import shape_pairs
from keras_contrastive.data._shapes import shape_factors, shapes
from keras_contrastive.data._tfds import load
from keras_contrastive.data._train_test_split import train_test_split
from keras_contrastive.data._verify import verify
from keras_contrastive.data.batches import Batches

__all__ = [
    "Batches",
    "from_arrays",
    "from_folder",
    "label_subset",
    "load",
    "on_device",
    "shape_boxes",
    "shape_factors",
    "shape_masks",
    "shape_pairs",
    "shapes",
    "train_test_split",
    "verify",
]
