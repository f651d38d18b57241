"""One decorator for every public class that a `.keras` file may hold."""

import keras

export = keras.saving.register_keras_serializable("keras_contrastive")
