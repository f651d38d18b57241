from typing import Any

import keras

from keras_contrastive._check_input import check_input
from keras_contrastive._export import export
from keras_contrastive.contrasts._places import among_places
from keras_contrastive.layers import MapHead, ProjectionHead
from keras_contrastive.layers._random_place import RandomPlace
from keras_contrastive.losses._local_nce import clipped_softmax, local_nce
from keras_contrastive.methods._map_encoder import MapEncoder
from keras_contrastive.training import ContrastiveModel
from keras_contrastive.training._check_parts import check_equal_shapes

# Of the mean square of the scores, in the authors' code.
REGULARIZER = 0.05


@export
class AMDIM(ContrastiveModel):
    """Augmented multiscale deep InfoMax: features and maps find each other.

    The features of one view are to pick the places of two feature maps of the
    other view, a coarse and a fine one, among the places of all other images
    of the global batch; so is a random place of the coarse map to pick those
    of the other view's. Each place of the image is a positive, and they do not
    count as each other's negatives. Scores are scalar products divided by the
    root of their width and softly clipped; their squares before that are
    penalized.

    As the authors' code, of which two things are the caller's: the encoder,
    theirs is without padding, so that places see parts of the image alone; and
    the views. The code compares the last 1x1 map where `projector` stands
    here. The paper's mixture-based features are not here.

    Args:
        encoder: `keras.Model`, functional or `Sequential`, images of known
            height and width to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to `(batch, units)`. Defaults to one linear
            layer to 1024 with batch norm.
        coarse_projector: Layer, places of the coarse map, `(batch, places,
            channels)`, to `(batch, places, units)`. Defaults to `MapHead()`,
            of 1024 units.
        fine_projector: The same of the fine map.
        maps: Names of the layers of the encoder that return the coarse and
            the fine map, 5x5 and 7x7 in the paper. Defaults to the last layers
            of the two smallest sizes of more than one pixel: 4x4 and 8x8 of a
            `ResNet18` for 32 pixels.
        clip: Positive float `c`, a score `s` counts as `c * tanh(s / c)`.
            Defaults to 20.0.
        seed: Integer seed of the random places, or None.
        term_weights: Dictionary. Terms not named weigh 1, but `regularizer`,
            0.05 as in the authors' code.
        **kwargs: `modules` that read no features of the views, such as
            `ESSL`: see `keras_contrastive.ContrastiveModel`.

    Outputs: lists of a tensor for each view: `projections`, `(batch, units)`,
        `coarse` and `fine`, `(batch, places, units)`, and `sources`, the
        random places, `(batch, units)`.

    Raises:
        ValueError: For an encoder without two maps, heads of different widths,
            a clip that is not positive, or a `feature_transform`, which would
            move positives that share their negatives apart.

    Example:

    >>> model = keras_contrastive.AMDIM(
    ...     keras_contrastive.encoders.ResNet18((32, 32, 3)),
    ...     keras_contrastive.views.amdim(image_size=32),
    ...     maps=("stage_4", "stage_3"),
    ... )

    Reference: Bachman et al., 2019, https://arxiv.org/abs/1906.00910.
    """

    objective_names = (
        "global_to_coarse",
        "global_to_fine",
        "coarse_to_coarse",
        "regularizer",
    )
    needs_maps = True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        coarse_projector: keras.layers.Layer | None = None,
        fine_projector: keras.layers.Layer | None = None,
        *,
        maps: tuple[str, str] | None = None,
        clip: float = 20.0,
        seed: int | None = None,
        term_weights: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        check_no_transform(**kwargs)
        self.pair_loss = clipped_softmax(check_clip(clip))
        weights = {"regularizer": REGULARIZER, **(term_weights or {})}
        super().__init__(encoder, views, term_weights=weights, **kwargs)
        self.map_encoder = MapEncoder(encoder, maps)
        self.projector = projector or ProjectionHead(
            1024, num_layers=1, ending="affine"
        )
        self.coarse_projector = coarse_projector or MapHead()
        self.fine_projector = fine_projector or MapHead()
        self.random_place = RandomPlace(seed)
        self.maps, self.clip, self.seed = maps, clip, self.random_place.seed

    def view_features(self, views, training=False):
        check_equal_shapes(views)
        check_input(self.encoder, views[0].shape[1:], "views")
        network = self.map_encoder.network
        # As in the authors' code, one call for each view.
        return [self.pass_through(network, [x], training)[0] for x in views]

    def embed(self, views, features, training=False):
        heads = self.coarse_projector, self.fine_projector, self.projector
        names = "coarse", "fine", "projections"
        outputs = {name: [] for name in names}
        for rows in features:
            parts = zip(names, heads, self.map_encoder.split(rows), strict=True)
            for name, head, part in parts:
                outputs[name].append(head(part, training=training))
        check_widths(outputs)
        sources = self.random_place(outputs["coarse"], training=training)
        return {**outputs, "sources": sources}

    def compared_places(self, outputs):
        """What each term compares, in both directions."""
        projections, sources = outputs["projections"], outputs["sources"]
        coarse, fine = outputs["coarse"], outputs["fine"]
        return {
            term: [
                among_places(queries[0], maps[1]),
                among_places(queries[1], maps[0]),
            ]
            for term, queries, maps in (
                ("global_to_coarse", projections, coarse),
                ("global_to_fine", projections, fine),
                ("coarse_to_coarse", sources, coarse),
            )
        }

    def contrasts(self, outputs):
        compared = self.compared_places(outputs)
        # Records hold rows of one length: those of the coarse map.
        del compared["global_to_fine"]
        return {
            term: [places.one_by_one() for places in both]
            for term, both in compared.items()
        }

    def objectives(self, outputs, labels=None):
        values, squares = {}, []
        for term, both in self.compared_places(outputs).items():
            first, second = (local_nce(places, self.clip) for places in both)
            values[term] = (first[0] + second[0]) / 2
            squares.append((first[1] + second[1]) / 2)
        return {**values, "regularizer": sum(squares)}


def check_clip(clip):
    if not clip > 0:
        raise ValueError(
            "`clip` is the largest score and must be positive, e.g. 20. "
            f"Received: clip={clip}"
        )
    return clip


def check_no_transform(feature_transform=None, **kwargs):
    if feature_transform:
        raise ValueError(
            "`feature_transform` must be None: the positives of an image share "
            f"their negatives. Received: feature_transform={feature_transform}"
        )


def check_widths(outputs):
    widths = {name: made[0].shape[-1] for name, made in outputs.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(
            "`projector`, `coarse_projector` and `fine_projector` must make "
            f"vectors of one width. Received: {widths}"
        )
