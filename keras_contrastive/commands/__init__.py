"""What `python -m keras_contrastive` does: one file a sub-command."""

from keras_contrastive.commands._main import main

__all__ = ["main"]
