from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._planes import LUMA, require_channels


@export
class Grayscale(Transform):
    """Takes the colour from some images; they keep three equal channels.

    Args:
        probability: Float in [0, 1], share of the images that become grey.
            Defaults to 1.0.

    Parameters: `applied` (0 or 1).

    Raises:
        ValueError: For images without exactly three channels.

    Example:

    >>> grey = keras_contrastive.views.Grayscale(probability=0.2)
    >>> grey.parameters
    {'applied': 1}
    """

    def check(self, image_shape):
        require_channels(self, image_shape, (3,))

    def sample(self, uniforms, image_shape):
        return {}

    def apply(self, planes, draws):
        luma = ops.reshape(ops.convert_to_tensor(LUMA, "float32"), (1, 3, 1, 1))
        grey = ops.sum(planes * luma, axis=1, keepdims=True)
        applied = ops.reshape(draws["applied"], (-1, 1, 1, 1))
        return planes + applied * (grey - planes)
