import keras
from keras.saving import serialize_keras_object as serialize

from keras_contrastive.training.contrastive_model import ContrastiveModel


class Auxiliary(ContrastiveModel):
    """Further terms beside those of a method, on its encoder.

    Abstract, what the documentation calls a module. A subclass implements
    `make_views` and `embed`, which hands the views of the method to
    `self.method.embed`, and `auxiliary_objectives`. The method keeps its
    terms, its memory of images and its labels.

    Args:
        method: `ContrastiveModel` with views of its own. It is trained in
            place.
        weights: Dictionary, name of each further term to its weight.
    """

    def __init__(self, method, weights, **kwargs):
        if not isinstance(method, ContrastiveModel) or method.views is None:
            views = getattr(method, "views", None)
            raise ValueError(
                "`method` must be a `keras_contrastive` method with views, "
                "such as `keras_contrastive.SimCLR(encoder, views)`. Received: "
                f"method of type {type(method).__name__}, views={views}"
            )
        if isinstance(method, Auxiliary):
            raise ValueError(
                "`method` must be a method itself, not a module around one. "
                f"Received: {type(method).__name__}"
            )
        for name, weight in weights.items():
            if not 0 <= weight < float("inf"):
                raise ValueError(
                    f"The weight of {name!r} must be a number from 0 on. "
                    f"Received: weight={weight}"
                )
        check_apart(method.objective_names, weights, "terms")
        self.objective_names = (*method.objective_names, *weights)
        super().__init__(
            method.encoder,
            method.views,
            term_weights={**method.term_weights, **weights},
            **kwargs,
        )
        self.method = method

    def auxiliary_objectives(self, outputs):
        """Outputs of `embed` to `{name: (batch,) values}` of further terms."""
        raise NotImplementedError

    def objectives(self, outputs, **labels):
        values = self.method.objectives(outputs, **labels)
        return {**values, **self.auxiliary_objectives(outputs)}

    def scores(self, outputs):
        return self.method.scores(outputs)

    def build(self, input_shape):
        super().build(input_shape)
        # It is never called itself, only its parts are.
        self.method.built = True

    @property
    def num_images(self):
        return getattr(self.method, "num_images", None)

    @property
    def needs_index(self):
        return self.method.needs_index

    @property
    def takes_labels(self):
        return self.method.takes_labels

    @property
    def needs_labels(self):
        return self.method.needs_labels

    def get_config(self):
        config = keras.Model.get_config(self)
        config.pop("dtype", None)
        return {**config, "method": serialize(self.method)}


def check_apart(of_method, further, what):
    both = sorted(set(of_method) & set(further))
    if both:
        raise ValueError(
            f"The {what} {both} of the module are {what} of `method` too: "
            "name those of `method` otherwise."
        )


def image_shape(input_shape):
    """`(height, width, channels)`, from the shape that `build` gets."""
    if isinstance(input_shape, dict):
        input_shape = input_shape["images"]
    return tuple(input_shape[1:])
