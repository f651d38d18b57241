from typing import Any

import numpy as np


def share_right(predicted: Any, labels: Any) -> float:
    """Share of the predictions that equal the labels."""
    return float(np.mean(predicted == labels))
