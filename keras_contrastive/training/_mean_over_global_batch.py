import keras


class MeanOverGlobalBatch(keras.losses.Loss):
    """Reduces values as Keras reduces losses, right on several replicas."""

    def __init__(self):
        super().__init__(dtype="float32")

    def __call__(self, values):
        return super().__call__(values, values)

    def call(self, y_true, y_pred):
        return y_pred
