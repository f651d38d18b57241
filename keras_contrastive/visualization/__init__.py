from keras_contrastive.visualization._displacements import (
    plot_displacements,
    plot_predicted_neighbors,
)
from keras_contrastive.visualization._embedding import plot_embedding
from keras_contrastive.visualization._gradient_landscape import (
    plot_gradient_landscape,
)
from keras_contrastive.visualization._history import plot_history
from keras_contrastive.visualization._pair_weights import plot_pair_weights
from keras_contrastive.visualization._parameter_sweep import (
    plot_parameter_sweep,
)
from keras_contrastive.visualization._reverse_u import plot_reverse_u
from keras_contrastive.visualization._score_curves import plot_score_curves
from keras_contrastive.visualization._score_ridge import plot_score_ridge
from keras_contrastive.visualization._score_sweep import plot_score_sweep
from keras_contrastive.visualization._scores import plot_scores
from keras_contrastive.visualization._views import plot_views

__all__ = [
    "plot_displacements",
    "plot_embedding",
    "plot_gradient_landscape",
    "plot_history",
    "plot_pair_weights",
    "plot_parameter_sweep",
    "plot_predicted_neighbors",
    "plot_reverse_u",
    "plot_score_curves",
    "plot_score_ridge",
    "plot_score_sweep",
    "plot_scores",
    "plot_views",
]
