from keras_contrastive.views.base_transform import BaseTransform


class Split(BaseTransform):
    """A transform that makes several views of one image, from one draw.

    It is the last of its pipeline. `change` returns a list of planes and
    `output_image_shape` a list of shapes, one for each of `num_views`.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class Halves(keras_contrastive.views.Split):
    ...     num_views = 2
    ...
    ...     def output_image_shape(self, image_shape):
    ...         height, width, channels = image_shape
    ...         return [(height, width // 2, channels)] * 2
    ...
    ...     def change(self, planes, draws):
    ...         return ops.split(planes, 2, axis=3)
    """
