"""What `fit` says to data and arguments in a form that it does not take."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.training._first_element import with_first_element
from tests.conftest import EAGERLY
from tests.training.test_contrastive_model import (
    IMAGES,
    VIEWS,
    Toy,
    Twice,
    tiny_encoder,
)

LABELS = np.arange(16) % 4
FLOATS = IMAGES.astype("float32")
CHANNELS_FIRST = np.moveaxis(IMAGES, -1, 1)
MULTI_VIEW = kc.views.simclr(8, blur=False, seed=1)


def fit(x, *args, views=MULTI_VIEW, **kwargs):
    model = Toy(tiny_encoder(), views)
    model.compile("sgd", run_eagerly=EAGERLY)
    if hasattr(x, "shape") or isinstance(x, list | tuple):
        kwargs.setdefault("batch_size", 8)
    return model.fit(x, *args, shuffle=False, verbose=0, **kwargs)


def taken(x, *args, **kwargs):
    return fit(x, *args, views=Twice(), **kwargs).history["loss"]


def refused(message, x, *args, **kwargs):
    with pytest.raises(ValueError, match=message):
        fit(x, *args, **kwargs)


class OneBatch(keras.utils.PyDataset):
    def __init__(self, element, length=1):
        super().__init__()
        self.element, self.length = element, length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.element


def yields(*elements):
    yield from elements


def test_images_without_views_are_told_to_have_some():
    message = r"`x` must be a tuple of ready .* `views=keras_contrastive\.vi"
    refused(message, IMAGES, views=None)
    refused(message, yields((FLOATS[:8],)), views=None)
    refused(message, kc.data.from_arrays(IMAGES, batch_size=8), views=None)


def test_channels_that_come_first_are_told_to_come_last():
    message = r"`np\.moveaxis\(images, 1, -1\)`.*permute.*shape \(.*3, 8, 8\)"
    for x in (
        CHANNELS_FIRST,
        CHANNELS_FIRST / np.float32(255),
        keras.ops.convert_to_tensor(CHANNELS_FIRST),
        yields((CHANNELS_FIRST[:8],)),
        OneBatch((CHANNELS_FIRST[:8], LABELS[:8])),
    ):
        refused(message, x)
    refused(message, IMAGES, validation_data=CHANNELS_FIRST)
    # Gray ones would have been seen as 8 channels.
    message = r"`np\.moveaxis\(images, 1, -1\)`.*\(16, 1, 8, 8\)"
    refused(message, CHANNELS_FIRST[:, :1])
    assert taken(np.moveaxis(CHANNELS_FIRST, 1, -1))


def test_what_is_no_data_is_told_what_is():
    image = pytest.importorskip("PIL.Image")
    pictures = [image.fromarray(picture) for picture in IMAGES]
    message = r"^`x` must be an array.*`np\.stack.*`keras_contrastive\.data\."
    for x, kind in (
        (pictures, "list"),
        (IMAGES.tolist(), "list"),
        (["a.png", "b.png"], "list"),
        ([], "list"),
        ("pictures", "str"),
        (None, "NoneType"),
        (3, "int"),
        (lambda: IMAGES, "function"),
        (iter([(IMAGES,)]), "list_iterator"),
    ):
        refused(f"{message}.*of type {kind}$", x)
    refused(message, pictures, LABELS)
    assert taken(np.stack([np.asarray(picture) for picture in pictures]))
    refused(r"stack a list by `np\.stack\(images\)`.*list of 16", list(IMAGES))


def test_arrays_of_something_else_than_images_are_named():
    sizes = np.empty(2, "object")
    sizes[:] = [IMAGES[0], IMAGES[0, :4]]
    refused("resize pictures of several sizes.*dtype object", sizes)
    refused("read files by `keras_contrastive.data", np.array(["a.png"]))
    refused(r'`images\.astype\("uint8"\)`.*int64', IMAGES.astype("int64"))
    refused(r"gray images by `images\[\.\.\., None\]`.*8, 8\)", IMAGES[..., 0])
    for kind in ("float16", "float64"):
        assert taken((IMAGES / 255).astype(kind))


def test_generators_must_yield_tuples_and_lose_none():
    message = r"`x` is a generator.*`yield \(images,\)`.*that yields "
    refused(f"{message}ndarray", yields(IMAGES[:8]))
    refused(f"{message}dict", yields({"images": IMAGES[:8]}))
    refused(f"{message}list", yields([IMAGES[:8], LABELS[:8]]))
    refused(f"{message}ndarray", IMAGES, validation_data=yields(IMAGES[:8]))
    refused("`x` must hold at least one batch", yields())
    # The batch that was looked at is trained on, too.
    model = Toy(tiny_encoder(), Twice())
    model.compile("sgd", run_eagerly=EAGERLY)
    endless = yields(*99 * [(IMAGES,)])
    for _ in range(2):
        model.fit(endless, steps_per_epoch=2, shuffle=False, verbose=0)
    assert int(model.optimizer.iterations) == 4
    data, first = with_first_element(yields((1,), (2,)))
    assert first == (1,) and list(data) == [(1,), (2,)]


def test_the_range_is_looked_at_in_every_kind_of_data():
    message = r"`images` of a float type.*`data\.map\(lambda x, \*y"
    refused(message, yields((FLOATS[:8],)))
    refused(message, OneBatch((FLOATS[:8],)))
    ready = tuple(255 * view[:8] for view in VIEWS)
    refused("Ready views in `x` must be float", yields((ready,)), views=None)


def test_ready_views_for_a_model_with_views_are_named():
    message = "ready views go to a model with `views=None`.*tuple of 2"
    refused(f"be one array.*{message}", VIEWS)
    ready = tuple(view[:8] for view in VIEWS)
    refused(f"`x` must yield one array.*{message}", yields((ready,)))
    refused(f"`x` must yield one array.*{message}", OneBatch((ready,)))
    refused(r"yields \(\(view_1, view_2\),\)", yields(ready), views=None)
    refused("`x` must hold at least one batch", OneBatch(IMAGES, length=0))


def test_arguments_that_would_not_count_are_refused():
    data = kc.data.from_arrays(IMAGES, batch_size=8)
    weights, by_class = np.ones(16), {0: 1.0, 1: 2.0, 2: 1.0, 3: 1.0}
    for x in (IMAGES, data):
        refused("`class_weight` weighs images by", x, class_weight=by_class)
    refused("`sample_weight` must be left out", data, sample_weight=weights)
    refused("`y` must be left out with a data set", data, LABELS)
    refused("`validation_split` needs arrays", data, validation_split=0.5)
    for share in (1.0, 1.5, -0.5):
        refused("`validation_split` is the", IMAGES, validation_split=share)
    for wrong in (weights[:15], weights[:, None]):
        message = r"`sample_weight` must have one number for each.*\(16,\)"
        refused(message, IMAGES, sample_weight=wrong)
    element = (IMAGES[:8], LABELS[:8], weights[:8, None])
    refused("`sample_weight` must have one number", yields(element))
    assert taken(IMAGES, LABELS, class_weight=by_class)
    assert taken(IMAGES, sample_weight=weights)


def test_a_sequential_as_views_is_told_how_to_make_several():
    layers = [keras.layers.RandomFlip(seed=1)]
    sequential = keras.Sequential(layers)
    message = r"make 2 views.*`views=.*MultiView\(2 \* \[sequential\]\)`"
    with pytest.raises(ValueError, match=message):
        Toy(tiny_encoder(), sequential)
    views = kc.views.MultiView(2 * [sequential])
    assert len(Toy(tiny_encoder(), views)(IMAGES)["features"]) == 2
    with pytest.raises(ValueError, match=r"`views` must return.*MultiView\(2"):
        Toy(tiny_encoder(), layers[0])(IMAGES)


def test_encoders_of_several_outputs_are_told_to_choose():
    pixels = keras.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(pixels)
    for outputs in ({"features": pooled, "more": pooled}, [pooled, pooled]):
        encoder = keras.Model(pixels, outputs)
        with pytest.raises(ValueError, match="one tensor of features; take"):
            Toy(encoder, MULTI_VIEW)
    encoder = keras.Model(pixels, {"features": pooled})
    Toy(keras.Model(encoder.inputs, encoder.output["features"]), MULTI_VIEW)

    class Several(keras.Model):
        def call(self, images):
            return {"features": images[:, 0, 0]}

    with pytest.raises(ValueError, match="`several` must return one tensor"):
        Toy(Several(), Twice())(IMAGES)


def test_tf_data_is_told_to_batch_and_to_divide(tmp_path):
    tf = pytest.importorskip("tensorflow")
    image = pytest.importorskip("PIL.Image")
    slices = tf.data.Dataset.from_tensor_slices
    for x in (slices(IMAGES), slices((IMAGES, LABELS))):
        refused(r"of single images by `data\.batch\(256.*\(8, 8, 3\)", x)
    refused("`x` must be an array of images", iter(slices(IMAGES).batch(8)))
    for i in range(16):
        folder = tmp_path / str(i % 2)
        folder.mkdir(exist_ok=True)
        image.fromarray(IMAGES[i]).save(folder / f"{i}.png")
    for mode in ("int", None):
        data = keras.utils.image_dataset_from_directory(
            tmp_path,
            image_size=(8, 8),
            batch_size=8,
            label_mode=mode,
            verbose=False,
        )
        refused(r"directory`, by `data\.map\(lambda x, \*y: \(x / 255", data)
        assert taken(data.map(lambda x, *y: (x / 255, *y)))


@pytest.mark.backends("torch")
def test_data_loaders_of_torch_are_looked_at():
    import torch

    data = torch.utils.data

    def load(*tensors):
        dataset = data.TensorDataset(*map(torch.from_numpy, tensors))
        return data.DataLoader(dataset, batch_size=8, shuffle=True)

    state = torch.get_rng_state()
    refused("`images` of a float type", load(FLOATS))
    refused(r"`images\.permute\(0, 2, 3, 1\)`", load(CHANNELS_FIRST.copy()))
    refused("`batch_size` leaves a last batch of one", load(IMAGES[:9]))
    refused("`x` must be an array of images", load(IMAGES).dataset)
    assert torch.equal(state, torch.get_rng_state())
    for loader in (load(IMAGES), load(IMAGES, LABELS)):
        assert taken(loader)


def test_a_loader_is_looked_at_only_where_that_costs_nothing():
    images = np.random.default_rng(0).random((4, 2, 8, 8, 3), "float32")
    data = pytest.importorskip("torch").utils.data

    class Keyed(data.Dataset):
        def __getitem__(self, key):
            return images[int(key[1:])]

    loader = data.DataLoader(Keyed(), 2, sampler=["k0", "k1", "k2", "k3"])
    assert with_first_element(loader) == (loader, None)

    class Stream(data.IterableDataset):
        def __init__(self):
            self.left = iter(images)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.left)

    stream = Stream()
    loader = data.DataLoader(stream, 2)
    assert with_first_element(loader) == (loader, None)
    assert len(list(stream)) == 4


def test_a_data_set_of_a_derived_class_is_one():
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensors(np.ones((2, 8, 8, 3), "float32"))
    data.__class__ = type("Derived", (type(data),), {"__module__": "mine"})
    assert with_first_element(data)[1].shape == (2, 8, 8, 3)
