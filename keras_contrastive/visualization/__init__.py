from keras_contrastive.visualization.displacements import (
    plot_displacements,
    plot_predicted_neighbours,
)
from keras_contrastive.visualization.embedding import plot_embedding
from keras_contrastive.visualization.gradient_landscape import (
    plot_gradient_landscape,
)
from keras_contrastive.visualization.history import plot_history
from keras_contrastive.visualization.pair_weights import plot_pair_weights
from keras_contrastive.visualization.parameter_sweep import (
    plot_parameter_sweep,
)
from keras_contrastive.visualization.reverse_u import plot_reverse_u
from keras_contrastive.visualization.score_curves import plot_score_curves
from keras_contrastive.visualization.score_ridge import plot_score_ridge
from keras_contrastive.visualization.score_sweep import plot_score_sweep
from keras_contrastive.visualization.scores import plot_scores
from keras_contrastive.visualization.views import plot_views

__all__ = [
    "plot_displacements",
    "plot_embedding",
    "plot_gradient_landscape",
    "plot_history",
    "plot_pair_weights",
    "plot_parameter_sweep",
    "plot_predicted_neighbours",
    "plot_reverse_u",
    "plot_score_curves",
    "plot_score_ridge",
    "plot_score_sweep",
    "plot_scores",
    "plot_views",
]
