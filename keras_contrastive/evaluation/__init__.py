from keras_contrastive.evaluation.equivariance import equivariance
from keras_contrastive.evaluation.features import extract_features
from keras_contrastive.evaluation.fine_tune import fine_tune
from keras_contrastive.evaluation.knn import knn, knn_predict
from keras_contrastive.evaluation.linear_probe import linear_probe
from keras_contrastive.evaluation.mutual_information import (
    mutual_information,
)
from keras_contrastive.evaluation.parameter_probe import (
    factor_probe,
    parameter_probe,
)
from keras_contrastive.evaluation.report import Report
from keras_contrastive.evaluation.ridge_probe import ridge_probe
from keras_contrastive.evaluation.sweep_views import sweep_views
from keras_contrastive.evaluation.transfer import transfer
from keras_contrastive.evaluation.view_sweep import ViewSweep

__all__ = [
    "Report",
    "ViewSweep",
    "equivariance",
    "extract_features",
    "factor_probe",
    "fine_tune",
    "knn",
    "knn_predict",
    "linear_probe",
    "mutual_information",
    "parameter_probe",
    "ridge_probe",
    "sweep_views",
    "transfer",
]
