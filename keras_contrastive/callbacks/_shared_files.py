import json
from typing import Any

import numpy as np

from keras_contrastive._processes import agree, is_first_process, told_by_all
from keras_contrastive.callbacks._checkpoint_files import CheckpointFiles


class SharedFiles(CheckpointFiles):
    """Files of several processes: the first one writes, all read the same."""

    def open(self) -> None:
        """Takes the folder; no other process waits where that fails.

        Raises:
            ValueError: On all processes, if the first one cannot take it.
        """
        error = None
        if is_first_process():
            try:
                super().open()
            except ValueError as caught:
                error = caught
        told = told_by_all("" if error is None else "failed")
        if error is not None:
            raise error
        if len(set(told)) > 1:
            raise ValueError(
                "`folder` cannot be used, as the first process tells. "
                f"Received: folder={self.folder}"
            )

    def newest(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """As of `CheckpointFiles`, and the same for all.

        Raises:
            ValueError: If it is another one on some of them, or damaged.
        """
        found = super().newest()
        manifest = None if found is None else found[0]
        if not agree(json.dumps(manifest)):
            raise ValueError(
                "`folder` must be on a disk that all processes share. "
                f"Received: folder={self.folder}, which holds other files on "
                "some of them"
            )
        return found
