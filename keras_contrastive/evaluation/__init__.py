from keras_contrastive.evaluation.features import extract_features
from keras_contrastive.evaluation.knn import knn, knn_predict
from keras_contrastive.evaluation.linear_probe import linear_probe
from keras_contrastive.evaluation.report import Report

__all__ = ["Report", "extract_features", "knn", "knn_predict", "linear_probe"]
