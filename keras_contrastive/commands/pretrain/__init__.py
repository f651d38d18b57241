"""Pretrains an encoder on a folder of pictures; no Python to write."""

from keras_contrastive.commands.pretrain._command import add_arguments, run

__all__ = ["add_arguments", "run"]
