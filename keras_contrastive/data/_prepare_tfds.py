"""Finding a data set of TFDS and bringing it to disk."""

import difflib
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keras_contrastive._import_extra import import_extra

ARRAY_RECORD = "array_record"


def import_tfds() -> Any:
    tfds, _ = (
        import_extra(name, "tensorflow", "`load`")
        for name in ("tensorflow_datasets", "importlib_resources")
    )
    # TFDS logs what fails in its import and goes on without its content.
    if not hasattr(tfds, "builder"):
        raise ImportError(
            "`load` needs TensorFlow Datasets, which could not be imported as "
            "its log says. For TensorFlow below 2.20 it needs `pip install "
            '"tensorflow-metadata<1.18"`.'
        )
    return tfds


def find(name: str, data_dir: Any, **kwargs: Any) -> Any:
    tfds = import_tfds()
    try:
        return tfds.builder(name, data_dir=data_dir, try_gcs=False, **kwargs)
    except tfds.core.DatasetNotFoundError:
        known = tfds.list_builders(with_community_datasets=False)
        raise ValueError(
            f"`name` must be a data set of TFDS, or one in `data_dir`. "
            f"Received: name={name!r}. Names like it: "
            f"{difflib.get_close_matches(str(name), known) or 'none'}"
        ) from None  # the original lists the whole catalog


def prepare(
    builder: Any, downloads: Path, download: bool, manual_dir: Any
) -> None:
    """Downloads what is missing and stores it in the format of TFDS."""
    if builder.is_prepared():
        return
    if not download:
        raise FileNotFoundError(explain(builder, "`download=False`"))
    tfds = import_tfds()
    manual_dir = Path(manual_dir or downloads / "manual")
    wanted = [
        url
        for url, info in (builder.url_infos or {}).items()
        if not (info.filename and (manual_dir / info.filename).exists())
    ]
    # TFDS by itself tries for minutes before it gives up.
    if is_offline(wanted) and not (downloads / builder.name).exists():
        raise FileNotFoundError(explain(builder, "there is no network"))
    try:
        builder.download_and_prepare(
            download_dir=downloads,
            download_config=tfds.download.DownloadConfig(
                manual_dir=manual_dir, try_download_gcs=False
            ),
        )
    except (OSError, AssertionError) as error:
        raise FileNotFoundError(explain(builder, error)) from error


def explain(builder: Any, reason: Any) -> str:
    infos = (builder.url_infos or {}).values()
    files = [info.filename for info in infos if info.filename][:5]
    return (
        f"The data set {builder.name} is not in {builder.data_dir} and cannot "
        f"be prepared there: {reason}. Run this once online; or pass "
        "`data_dir`, a folder with a prepared copy; or `manual_dir`, a folder "
        f"with its original files, such as {files or 'its page says'}."
    )


def is_offline(urls: Iterable[str]) -> bool:
    """Whether none of the hosts has an address."""
    hosts = {urllib.parse.urlparse(url).hostname for url in urls}
    if not hosts or urllib.request.getproxies():  # a proxy knows the address
        return False
    for host in hosts:
        try:
            socket.getaddrinfo(host, None)
        except OSError:
            continue
        return False
    return True


def is_random_access(builder: Any) -> bool:
    formats = builder.info.available_file_formats()
    return ARRAY_RECORD in {format.value for format in formats}


def random_access_copy(builder: Any, name: str) -> Any:
    """Builder of the same data set in a format read in any order."""
    tfds = import_tfds()
    if builder.name not in tfds.list_builders(with_community_datasets=False):
        raise ValueError(
            "`max_memory` is too small for the decoded images, and those of "
            f"{builder.name} cannot be read in any order: they are stored in "
            f"{builder.data_dir} as {builder.info.file_format.value}, without "
            f"the code to store them as {ARRAY_RECORD}."
        )
    folder = Path(builder.data_dir_root, ARRAY_RECORD)
    return find(name, folder, file_format=ARRAY_RECORD)
