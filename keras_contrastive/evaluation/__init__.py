from keras_contrastive.evaluation._equivariance import equivariance
from keras_contrastive.evaluation._features import extract_features
from keras_contrastive.evaluation._fine_tune import fine_tune
from keras_contrastive.evaluation._knn import knn, knn_predict
from keras_contrastive.evaluation._linear_evaluation import (
    linear_evaluation,
)
from keras_contrastive.evaluation._linear_probe import linear_probe
from keras_contrastive.evaluation._mutual_information import (
    mutual_information,
)
from keras_contrastive.evaluation._parameter_probe import (
    factor_probe,
    parameter_probe,
)
from keras_contrastive.evaluation._ridge_probe import ridge_probe
from keras_contrastive.evaluation._transfer import transfer
from keras_contrastive.evaluation.report import Report
from keras_contrastive.evaluation.sweeps._sweep_views import sweep_views
from keras_contrastive.evaluation.sweeps.view_sweep import ViewSweep

__all__ = [
    "Report",
    "ViewSweep",
    "equivariance",
    "extract_features",
    "factor_probe",
    "fine_tune",
    "knn",
    "knn_predict",
    "linear_evaluation",
    "linear_probe",
    "mutual_information",
    "parameter_probe",
    "ridge_probe",
    "sweep_views",
    "transfer",
]
