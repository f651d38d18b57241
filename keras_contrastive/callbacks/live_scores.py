import io
from typing import Any

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._processes import is_first_process
from keras_contrastive.callbacks._trained_epochs import trained_epochs

SMOOTH = 100  # the training so far in so many parts, one for each mean


class LiveScores(keras.callbacks.Callback):
    """Draws the scores of pairs in a notebook while a model trains.

    One figure by `kc.visualization.plot_score_curves` of what a
    `ScoreRecorder` has recorded so far, smoothed over a hundredth of it, which
    is replaced at the end of every `every`-th epoch. Each `fit` has a figure
    of its own.

    Args:
        recorder: `ScoreRecorder`, which must be among the callbacks too.
        every: Integer, epochs from one figure to the next. Defaults to 1.
        names: List of names of recorded curves, one panel for each. Defaults
            to those of `plot_score_curves` that the method has.

    Raises:
        ImportError: If IPython is missing.
        ValueError: If an argument is wrong; at the end of the first epoch, if
            the recorder has recorded nothing in it.

    Example:

    >>> recorder = kc.callbacks.ScoreRecorder()
    >>> live = kc.callbacks.LiveScores(recorder, every=5)
    >>> model.fit(train, epochs=100, callbacks=[recorder, live])
    """

    @checked
    def __init__(
        self,
        recorder: Any,
        *,
        every: int = 1,
        names: list[str] | None = None,
    ) -> None:
        super().__init__()
        try:
            from IPython import display
        except ImportError as error:
            raise ImportError(
                "`LiveScores` needs IPython, which notebooks run on: "
                "`pip install ipython`"
            ) from error
        if not hasattr(recorder, "records"):
            raise ValueError(
                "`recorder` must be a `kc.callbacks.ScoreRecorder`. "
                f"Received: {type(recorder).__name__}"
            )
        check_integer("every", every, 1, meaning=" epochs")
        self.recorder, self.every, self.names = recorder, every, names
        self.ipython = display

    def on_train_begin(self, logs: Any = None) -> None:
        self.handle = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        records = self.recorder.records
        trained = trained_epochs(self.model, epoch)
        if trained - 1 not in records.get("epoch", [])[-1:]:
            raise ValueError(
                "`recorder` must stand before `LiveScores` in `callbacks`, to "
                "have recorded the epoch. "
                f"Received: no scores of epoch {trained - 1}"
            )
        if trained % self.every == 0 and is_first_process():
            self.show(records, f"after epoch {trained}")

    def show(self, records: dict[str, Any], title: str) -> None:
        # Matplotlib takes a second to import and training does not need it.
        import matplotlib.pyplot as plt

        from keras_contrastive.visualization._score_curves import (
            NAMES,
            plot_score_curves,
        )

        names = self.names or [name for name in NAMES if name in records]
        smooth = -(-len(records["step"]) // SMOOTH)
        figure = plot_score_curves(
            {"": records}, names=names, smooth=smooth, title=title
        )
        try:
            file = io.BytesIO()
            figure.savefig(file, format="png")
        finally:
            plt.close(figure)
        # As a picture it is shown whatever matplotlib's backend is.
        picture = self.ipython.Image(data=file.getvalue(), format="png")
        if self.handle is None:
            self.handle = self.ipython.display(picture, display_id=True)
        else:
            self.handle.update(picture)
