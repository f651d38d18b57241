from keras_contrastive.modules._auxiliary import Auxiliary, check_apart
from keras_contrastive.training._check_parts import check_views
from keras_contrastive.training._shared_features import shared_features
from keras_contrastive.views import MultiView


class Parametric(Auxiliary):
    """Terms that learn from the drawn parameters of a method's views.

    Abstract. A subclass implements `auxiliary_outputs`. Its features and
    those of the method come from one call of the encoder, which sees all
    views, and the untouched images first if `sees_original`.

    Args:
        method: `ContrastiveModel` whose views are images, made by a
            `keras_contrastive.views.MultiView` with a pipeline each.
        weights: Dictionary, name of each further term to its weight.

    Outputs: those of the method and those of `auxiliary_outputs`.
    """

    sees_original = False

    def __init__(self, method, weights, **kwargs):
        super().__init__(method, weights, **kwargs)
        check_views_of(method, type(self).__name__)

    @property
    def parameter_names(self):
        """Names of the columns of the parameter vector."""
        return self.views.pipelines[0].parameter_names

    def auxiliary_outputs(self, features, parameters, training):
        """Features and parameters to a dictionary of named outputs.

        Args:
            features: List of features `(batch, width)`: of the untouched
                images if it sees them, then of each view.
            parameters: List of drawn parameters `(batch, parameters)`, one a
                view.
            training: Boolean.
        """
        raise NotImplementedError

    def make_views(self, images, training):
        views, parameters = self.views(
            images, training=training, return_parameters=True
        )
        views = check_views(views, "views", self.method.view_ranks)
        originals = []
        if self.sees_original:
            originals = [self.views.originals(images)]
        return originals, views, parameters

    def embed(self, views, training=False, **extra):
        originals, views, parameters = views
        features = self.encode([*originals, *views], training)
        with shared_features(views, features[len(originals) :]):
            outputs = self.method.embed(views, training=training, **extra)
        own = self.auxiliary_outputs(features, parameters, training)
        check_apart(outputs, own, "outputs")
        return {**outputs, **own}


def check_views_of(method, name):
    views = method.views
    if not isinstance(views, MultiView) or any(
        pipeline.num_views > 1 for pipeline in views.pipelines
    ):
        raise ValueError(
            f"`{name}` learns from the parameters of each view: make the views "
            "of `method` by a `keras_contrastive.views.MultiView` with a "
            f"pipeline each. Received: views={views}"
        )
    if set(method.view_ranks) != {4} or hasattr(method, "second_encoder"):
        raise ValueError(
            f"`method` must compare images, as `{name}` does, and not pieces, "
            f"patches or channels. Received: {type(method).__name__}"
        )
    names = [pipeline.parameter_names for pipeline in views.pipelines]
    if any(other != names[0] for other in names):
        raise ValueError(
            "The pipelines of `method.views` must have the same parameters: "
            "give what only one of them uses `probability=0.0` in the other. "
            f"Received: parameters {names}"
        )
