from keras_contrastive.export._box_masks import crop_masks, paste_masks
from keras_contrastive.export._export_encoder import export_encoder
from keras_contrastive.export._feature_pyramid import feature_pyramid
from keras_contrastive.export._instance_segmenter import instance_segmenter
from keras_contrastive.export._segmenter import segmenter

__all__ = [
    "crop_masks",
    "export_encoder",
    "feature_pyramid",
    "instance_segmenter",
    "paste_masks",
    "segmenter",
]
