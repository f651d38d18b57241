import contextlib

import keras

from keras_contrastive.contrasts._log import ScoreLog


class CompiledSteps(keras.Model):
    """The compiled steps of a model, with and without the record of scores.

    Abstract. Steps that record scores have variables of their own. What has
    been compiled is kept, with them and without, so that a `fit` with another
    record than the last one compiles nothing that was compiled before.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.score_log = ScoreLog()
        # Those for training and for tests, by the capacity of the record.
        self.kept_steps = {}

    def compile(self, *args, **kwargs):
        self.kept_steps = {}
        super().compile(*args, **kwargs)

    def record_scores(self, capacity):
        """Has the next steps record the last `capacity` scores, 0 for none.

        `callbacks.ScoreRecorder` calls it, and `fit` at its end.
        """
        if capacity == self.score_log.capacity == 0:
            return
        if self.compiled:
            steps = self.train_function, self.test_function
            self.kept_steps[self.score_log.capacity] = steps
            steps = self.kept_steps.get(capacity, (None, None))
            self.train_function, self.test_function = steps
        with self.scope():
            self.score_log.start(capacity)

    def forget_compiled_steps(self):
        """Has the steps compiled anew, as after one that failed to compile.

        Keras would go on with what is left of it, and fail at right data.
        """
        if self.compiled:
            self.train_function = self.test_function = None
            self.kept_steps = {}

    def scope(self):
        """Where variables are made: under a strategy of TensorFlow, if any."""
        strategy = getattr(self, "distribute_strategy", None)
        return strategy.scope() if strategy else contextlib.nullcontext()
