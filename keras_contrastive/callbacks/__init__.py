from keras_contrastive.callbacks.knn_probe import KNNProbe

__all__ = ["KNNProbe"]
