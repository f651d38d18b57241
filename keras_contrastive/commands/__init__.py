"""What `python -m keras_contrastive` does: one folder a sub-command."""

from keras_contrastive.commands._main import main

__all__ = ["main"]
