from keras_contrastive.version import __version__

__all__ = ["__version__"]
