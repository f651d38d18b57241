from keras_contrastive.callbacks.knn_probe import KNNProbe
from keras_contrastive.callbacks.live_scores import LiveScores

__all__ = ["KNNProbe", "LiveScores"]
