from keras_contrastive.callbacks.best_model import BestModel
from keras_contrastive.callbacks.checkpoint import Checkpoint
from keras_contrastive.callbacks.collapse_guard import CollapseGuard
from keras_contrastive.callbacks.finite_guard import FiniteGuard
from keras_contrastive.callbacks.knn_probe import KNNProbe
from keras_contrastive.callbacks.linear_probe import LinearProbe
from keras_contrastive.callbacks.live_scores import LiveScores
from keras_contrastive.callbacks.ridge_probe import RidgeProbe
from keras_contrastive.callbacks.score_recorder import ScoreRecorder

__all__ = [
    "BestModel",
    "Checkpoint",
    "CollapseGuard",
    "FiniteGuard",
    "KNNProbe",
    "LinearProbe",
    "LiveScores",
    "RidgeProbe",
    "ScoreRecorder",
]
