import keras
from keras.utils import unpack_x_y_sample_weight

from keras_contrastive._keras_internals import (
    forget_restored_epoch,
    raise_hidden,
    restore_lost,
)
from keras_contrastive._processes import is_first_process
from keras_contrastive.data import Batches
from keras_contrastive.training._batch_sizes import Sizes, sizes_of
from keras_contrastive.training._callback_order import in_order
from keras_contrastive.training._check_arguments import (
    as_split,
    check_arguments,
    check_batch_size,
    check_index,
)
from keras_contrastive.training._check_data import check_data
from keras_contrastive.training._check_devices import (
    check_devices,
    check_on_device,
)
from keras_contrastive.training._check_length import check_length
from keras_contrastive.training._check_processes import check_processes
from keras_contrastive.training._follow_epochs import FollowEpochs
from keras_contrastive.training._prepared_steps import PreparedSteps
from keras_contrastive.training._random_streams import (
    load_random_streams,
    save_random_streams,
)
from keras_contrastive.training._share_batches import (
    num_devices,
    share_batches,
    sharing,
)


class Pretraining(PreparedSteps):
    """The training of a model that computes its own loss.

    Abstract, what `ContrastiveModel` adds to the `fit` and `evaluate` of
    Keras: checks of the data, and the epoch told to whatever depends on it.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.is_fitting = False
        # `Batches` that `fit` trains on.
        self.training_data = None
        self.trained_epochs = 0

    @share_batches(learns=True)
    def fit(self, x=None, y=None, batch_size=None, **kwargs):
        """Trains the model, as `keras.Model.fit` with a first look at the data.

        The first batch is checked for rank, range and size before anything is
        compiled, where looking at it costs nothing: of arrays, of data sets
        and of generators. No batch may hold one image alone. On TensorFlow a
        step that finds no data would move counters, so that data of unknown
        length needs `steps_per_epoch`, as a generator does for more epochs.

        The model counts its epochs in `trained_epochs`, which is saved with
        it. Without `initial_epoch` training goes on after them, also where
        Keras counts from 0 again: `keras_contrastive.data` is read in the
        order of the next epoch, and what waits for an epoch or is measured
        every few epochs counts on. With `initial_epoch=k`, 0 included, the
        model has trained k epochs. An epoch that was interrupted begins again.

        Devices share each batch evenly: a batch size that is no multiple of
        their number is refused. Of a smaller last batch that they could not
        share, `keras_contrastive.data` leaves out what is over, here and in
        `evaluate`; of other data it is refused.

        Callbacks of this package that add to the logs, such as `KNNProbe`,
        are called before all others, which can then monitor what they add.
        """
        split = kwargs.get("validation_split") or 0.0
        weights = kwargs.get("sample_weight"), kwargs.get("class_weight")
        check_devices(self)
        x, batch = check_data(self, x, y)
        check_processes(x, batch)
        check_arguments(x, y, *weights, split)
        check_index(self, x)
        devices = num_devices(self)
        of_held = kwargs.get("validation_batch_size") or batch_size
        learned, left = as_split(x, split)
        check_batch_size(learned, batch_size, devices, batch)
        self.prepare_for(sizes_of(learned, batch_size, batch))
        if left is not None:
            check_batch_size(left, of_held, devices)
        held, *targets = unpack_x_y_sample_weight(kwargs.get("validation_data"))
        if held is not None:
            held, held_batch = check_data(self, held, targets[0])
            check_processes(held, held_batch)
            check_arguments(held, *targets)
            check_batch_size(held, of_held, devices, held_batch)
            kwargs["validation_data"] = (held, *targets)
        if not is_first_process():
            kwargs["verbose"] = 0
        is_numbered = "initial_epoch" in kwargs
        epochs = kwargs.get("epochs", 1) - kwargs.get("initial_epoch", 0)
        may_not_end_early = check_length(
            self, x, kwargs.get("steps_per_epoch"), epochs
        )
        follow = FollowEpochs(self, x, is_numbered, may_not_end_early)
        callbacks, going_on = in_order(kwargs.pop("callbacks", None), follow)
        listed = getattr(callbacks, "callbacks", callbacks)
        self.is_fitting, self.training_data = True, follow.data
        before = []
        try:
            self.build_before_steps(batch, listed)
            self.separate_averages()
            before = self.values()
            if going_on:
                kwargs["initial_epoch"] = going_on.open(
                    self, x, held, listed, kwargs
                )
                follow.first_batch = going_on.first_batch
            return super().fit(x, y, batch_size, callbacks=callbacks, **kwargs)
        except Exception as error:
            restore_lost(before)
            self.forget_compiled_steps()
            raise_hidden(error)
            for data in (x, held):
                if isinstance(data, Batches):
                    data.raise_own(error)
            raise
        finally:
            self.is_fitting, self.training_data = False, None
            self.record_scores(0)
            forget_restored_epoch(self)
            listed.remove(follow)
            if going_on:
                going_on.close()
                listed.remove(going_on.before)

    @share_batches()
    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Mean loss and terms, as `keras.Model.evaluate`.

        The data is checked as by `fit`.
        """
        batch = None
        if not self.is_fitting:
            x, batch = check_data(self, x, y)
            check_processes(x, batch)
            check_arguments(x, y, kwargs.get("sample_weight"))
        check_batch_size(x, batch_size, num_devices(self), batch)
        try:
            return super().evaluate(x, y, batch_size, **kwargs)
        except Exception as error:
            self.forget_compiled_steps()
            raise_hidden(error)
            if isinstance(x, Batches):
                x.raise_own(error)
            raise
        finally:
            if not self.is_fitting:
                self.record_scores(0)

    def predict(self, x, *args, **kwargs):
        """Outputs for all images, as `keras.Model.predict`."""
        check_on_device(self, x)
        with sharing(self):
            return super().predict(x, *args, **kwargs)

    def train_on_batch(self, x, *args, **kwargs):
        """One step, as `keras.Model.train_on_batch`."""
        if x is not None:
            rows = len(keras.tree.flatten(x)[0])
            self.prepare_for(Sizes(rows, rows, 0))
        return super().train_on_batch(x, *args, **kwargs)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["trained_epochs"] = self.trained_epochs
        save_random_streams(self, store)

    def load_own_variables(self, store):
        weights = {name: store[name] for name in store.keys()}
        # Files of earlier versions have none.
        self.trained_epochs = int(weights.pop("trained_epochs", 0))
        load_random_streams(self, weights)
        super().load_own_variables(weights)
