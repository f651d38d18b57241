import functools
import warnings

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.evaluation import (
    fine_tune,
    knn,
    linear_probe,
    ridge_probe,
)
from keras_contrastive.evaluation._class_pair import extract_pair, image_pair
from tests.evaluation.test_fine_tune import unchanged

NAMES = ["apple", "bee", "cat"]
LABELS = np.arange(30) % 3


def images_of(labels, seed):
    """A bright channel tells the class; the others make no two alike."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, (len(labels), 1, 1, 6), dtype="uint8")
    images[np.arange(len(labels)), 0, 0, labels] += 190
    return images


TRAIN, TEST = images_of(LABELS, 0), images_of(LABELS, 1)


def named(images, labels, names):
    batches = kc.data.from_arrays(images, labels, batch_size=7)
    batches.class_names = names
    return batches


@pytest.fixture(
    params=[
        functools.partial(knn, k=3),
        ridge_probe,
        functools.partial(linear_probe, learning_rate=1.0),
        functools.partial(
            fine_tune, views=unchanged(), epochs=20, learning_rate=1.0
        ),
    ],
    ids=["knn", "ridge_probe", "linear_probe", "fine_tune"],
)
def protocol(request):
    encoder = keras.Sequential([keras.Input((1, 1, 6)), keras.layers.Flatten()])
    return functools.partial(request.param, encoder)


@pytest.mark.filterwarnings("ignore:The classes of")
def test_every_protocol_compares_classes_by_name(protocol):
    # As in a folder without apples: the bees are the first class.
    rows = LABELS > 0
    report = protocol(
        named(TRAIN, LABELS, NAMES),
        named(TEST[rows], LABELS[rows] - 1, NAMES[1:]),
    )
    assert report.accuracy == report.metrics["balanced_accuracy"] == 1
    assert report.recalls == {"bee": 1.0, "cat": 1.0}
    assert report.class_names == NAMES
    np.testing.assert_array_equal(report.predictions, LABELS[rows])


def test_every_protocol_leaves_out_images_without_a_label(protocol):
    alone = protocol((TRAIN, LABELS), (TEST, LABELS))
    # More of them than others, as in STL-10, and a column of labels.
    rest = images_of(np.arange(80) % 6, 2)
    mixed = [
        (
            np.concatenate([rest[rows], images]),
            np.concatenate([np.full(40, -1), LABELS])[:, None],
        )
        for rows, images in ((slice(40), TRAIN), (slice(40, 80), TEST))
    ]
    report = protocol(*mixed)
    assert report.metrics == alone.metrics and report.accuracy == 1
    assert report.recalls == {0: 1.0, 1: 1.0, 2: 1.0}
    np.testing.assert_array_equal(report.predictions, LABELS)
    left_out = {"unlabeled_train": 40, "unlabeled_test": 40}
    assert report.settings == {**alone.settings, **left_out}


def test_every_protocol_names_what_is_no_label(protocol):
    for message, train, test in (
        ("`train` must have one.*argmax", (TRAIN, np.eye(3)[LABELS]), None),
        ("`test` must have one.*-1 for NaN", None, (TEST, LABELS * np.nan)),
        ("`test` must have one.*astype", None, (TEST, LABELS / 2)),
        ("`train` must have one.*np.unique", (TRAIN, LABELS.astype(str)), None),
        ("`train` must have labels from 0.*-2", (TRAIN, LABELS - 2), None),
        (
            "`test` must have images with a.*30",
            None,
            (TEST, 0 * LABELS - 1),
        ),
        ("`max_overlap=1.0`", None, (TRAIN, LABELS)),
    ):
        with pytest.raises(ValueError, match=message):
            protocol(train or (TRAIN, LABELS), test or (TEST, LABELS))
    with pytest.raises(ValueError, match="`max_overlap` must be a share"):
        protocol((TRAIN, LABELS), (TEST, LABELS), max_overlap=5)
    shared = protocol((TRAIN, LABELS), (TRAIN, LABELS), max_overlap=1.0)
    assert shared.accuracy == 1


def pair(train_names, test_names, test_labels=LABELS):
    return extract_pair(
        None,
        named(TRAIN, LABELS, train_names),
        named(TEST, test_labels, test_names),
        max_overlap=0.05,
    )


def test_names_of_one_set_and_another_order():
    turned = NAMES[::-1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = pair(NAMES, turned)
        np.testing.assert_array_equal(found.test_labels, 2 - LABELS)
        # By number where one of them has no names, whichever it is.
        for names in ((NAMES, None), (None, NAMES)):
            found = pair(*names)
            np.testing.assert_array_equal(found.test_labels, LABELS)
            assert found.class_names == NAMES
        # A name without an image is no class.
        assert len(pair(NAMES, np.array(NAMES), 0 * LABELS).classes) == 3


def test_classes_in_one_set_only_are_named():
    with pytest.warns(UserWarning, match=r"\['apple'\]; only in `test`: none"):
        found = pair(NAMES, NAMES[1:], np.minimum(LABELS, 1))
    np.testing.assert_array_equal(found.test_labels, np.minimum(LABELS, 1) + 1)
    with pytest.warns(UserWarning, match=r"\['cat'\]; only in `test`: \['Cat"):
        pair(NAMES, ["apple", "bee", "Cat"], 0 * LABELS)
    with pytest.raises(ValueError, match=r"\['Cat'\] in `test` alone.*'cat'\]"):
        pair(NAMES, ["apple", "bee", "Cat"])
    # Named, but none of the images that are learned from shows it.
    with pytest.raises(ValueError, match=r"\['dog'\] in `test` alone"):
        pair([*NAMES, "dog"], ["apple", "dog", "bee"])


def test_bad_names_are_named():
    for names, message in (
        (["bee", "cat", "bee"], r"`class_names` of `test` must.*\['bee'\]"),
        (NAMES[:2], "`class_names` of `test` must name.*2 names and label 2"),
        (dict(enumerate(NAMES)), "`class_names` of `test` must be a list of"),
        ("abc", "`class_names` of `test` must be a list of strings"),
        ([0, 1, 2], "`class_names` of `test` must be a list of strings"),
    ):
        with pytest.raises(ValueError, match=message):
            pair(NAMES, names)


def test_names_of_one_set_name_the_labels_of_both(protocol):
    rows = LABELS < 2
    with pytest.raises(ValueError, match="`class_names` of `test`.*label 2"):
        protocol(
            named(TRAIN, LABELS, None),
            named(TEST[rows], LABELS[rows], NAMES[:2]),
        )


def test_names_of_a_data_set_of_keras(tmp_path):
    pytest.importorskip("tensorflow")
    from PIL import Image

    for name, labels in (("train", LABELS), ("test", LABELS[LABELS > 0])):
        for i, image in enumerate(images_of(labels, len(labels))):
            folder = tmp_path / name / NAMES[labels[i]]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.reshape(1, 2, 3)).save(folder / f"{i}.png")
    sets = []
    for name in ("train", "test"):
        data = keras.utils.image_dataset_from_directory(
            tmp_path / name, image_size=(1, 2), verbose=False
        )
        sets.append(data.map(lambda x, y: (x / 255, y)))
        sets[-1].class_names = data.class_names
    with pytest.warns(UserWarning, match="compared by name"):
        report = knn(None, *sets, k=3)
    assert report.accuracy == 1 and set(report.recalls) == {"bee", "cat"}


def test_rows_count_images_without_a_label():
    labels = np.where(np.arange(30) < 10, -1, LABELS)
    rows = np.arange(8, 30, 2)
    found = image_pair(
        named(TRAIN, labels, None), (TEST, LABELS), rows=rows, max_overlap=0.05
    )
    np.testing.assert_array_equal(found.train, TRAIN[10::2])
    np.testing.assert_array_equal(found.train_labels, LABELS[10::2])
    assert found.unlabeled == {"unlabeled_train": 1}
    for wrong, message in (
        ([3, 3], "each of them once"),
        ([3, 30], "`rows` must be from 0 to 29"),
    ):
        with pytest.raises(ValueError, match=message):
            image_pair(
                (TRAIN, LABELS), (TEST, LABELS), rows=wrong, max_overlap=0.05
            )
