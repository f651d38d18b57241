from keras_contrastive.visualization.embedding import plot_embedding
from keras_contrastive.visualization.history import plot_history
from keras_contrastive.visualization.views import plot_views

__all__ = ["plot_embedding", "plot_history", "plot_views"]
