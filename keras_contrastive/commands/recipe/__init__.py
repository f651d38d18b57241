"""Trains and evaluates a published run; without a name, lists them."""

from keras_contrastive.commands.recipe._command import add_arguments, run

__all__ = ["add_arguments", "run"]
