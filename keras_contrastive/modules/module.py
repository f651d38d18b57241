from typing import Any

import keras

from keras_contrastive._config import Configured


class Module(Configured, keras.layers.Layer):
    """What a method learns beside its own terms, from the same views.

    Abstract, one of `modules=[...]` of a method. It says what it needs, gets
    it by argument, and adds outputs and terms to those of the method.

    * `term_weights`: dictionary, name of each of its terms to its weight.
    * `needs_parameters`: features of all views and their drawn parameters.
    * `needs_original`: features of the untouched images, too.
    * `further_views(images, training)`: views of its own, of one shape.
    * `check(model)`: raises an error if it does not go with the method.
    * `prepare(views, image_shape)`: creates weights that depend on these.
    * `embed(features, ...)`: what it adds to the outputs.
    * `objectives(outputs)`: its terms, `{name: (batch,) values}`. Pure.

    Example:

    >>> class Norm(kc.modules.Module):
    ...     term_weights = {"norm": 0.1}
    ...     needs_parameters = True
    ...
    ...     def embed(self, features, **further):
    ...         return {"norms": ops.norm(features[0], axis=1)}
    ...
    ...     def objectives(self, outputs):
    ...         return {"norm": outputs["norms"]}
    """

    term_weights: dict[str, float] = {}
    needs_parameters = False
    needs_original = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Never called as a layer; Keras would build the model at each step.
        self.built = True

    @property
    def objective_names(self) -> tuple[str, ...]:
        return tuple(self.term_weights)

    def check(self, model: Any) -> None:
        """Raises `ValueError` for a method that it does not go with."""

    def prepare(
        self, views: keras.layers.Layer, image_shape: tuple[int, int, int]
    ) -> None:
        """Creates the weights that depend on views and images."""

    def further_views(self, images: Any, training: bool) -> list:
        """Views of its own, tensors of one shape, encoded in one call."""
        return []

    def embed(
        self,
        features: list,
        *,
        original: Any,
        parameters: list,
        further: list,
        training: bool,
    ) -> dict[str, Any]:
        """Features to a dictionary of named outputs.

        Args:
            features: List of features `(batch, width)`, one per view.
            original: Features of the untouched images, if it needs them.
            parameters: List of drawn parameters `(batch, parameters)`, one
                per view, if it needs them.
            further: List of features of its own views.
            training: Boolean.
        """
        raise NotImplementedError(
            f"`{type(self).__name__}` must implement `embed(features, *, "
            "original, parameters, further, training)`"
        )

    def objectives(self, outputs: dict[str, Any]) -> dict[str, Any]:
        """Outputs to `{name: (batch,) values}`."""
        raise NotImplementedError(
            f"`{type(self).__name__}` must implement `objectives(outputs)`"
        )
