import keras
import pytest
from keras import ops

import keras_contrastive as kc


def peak(model, steps_per_epoch):
    schedule = model.optimizer._learning_rate
    return float(ops.convert_to_numpy(schedule(10 * steps_per_epoch)))


@pytest.mark.parametrize(
    "make, size, rate, steps_per_epoch, temperature, features",
    [
        (kc.recipes.simclr_cifar10, 32, 2.0, 97, 0.5, 512),
        (kc.recipes.simclr_imagenet, 224, 4.8, 312, 0.1, 2048),
    ],
)
def test_published_settings(
    make, size, rate, steps_per_epoch, temperature, features
):
    model = make()
    assert model.temperature == temperature
    assert model.encoder.output_shape == (None, features)
    assert peak(model, steps_per_epoch) == pytest.approx(rate, rel=1e-5)
    assert isinstance(model.optimizer, kc.optimizers.LARS)
    assert model.optimizer.l2 == 1e-6
    assert (model.projector.num_layers, model.projector.units) == (2, 128)
    views = model.views(keras.KerasTensor((None, 300, 260, 3)))
    assert [view.shape for view in views] == [(None, size, size, 3)] * 2


def test_the_rate_grows_with_the_batch():
    model = kc.recipes.simclr_imagenet(batch_size=1024)
    assert peak(model, steps_per_epoch=1251) == pytest.approx(1.2, rel=1e-5)
