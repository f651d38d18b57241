from keras_contrastive.views.transform import Transform


class EveryImage(Transform):
    """A transform that acts on every image, so that it takes no probability.

    Its result differs from an image in range or shape, and a batch must not
    mix the two. Without an implementation of `sample` it draws nothing.
    """

    parameters = {}

    def __init__(self, **kwargs):
        if "probability" in kwargs:
            raise ValueError(
                f"`{type(self).__name__}` acts on every image and takes no "
                f"`probability`. Received: probability={kwargs['probability']}"
            )
        super().__init__(**kwargs)

    def sample(self, uniforms, image_shape):
        return {}

    def get_config(self):
        config = super().get_config()
        del config["probability"]
        return config
