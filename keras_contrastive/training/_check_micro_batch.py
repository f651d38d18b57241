"""Into how many micro-batches the batches of a training fall."""

from keras_contrastive._check_integer import check_integer


def check_micro_batch(model, micro_batch):
    """Refuses a `micro_batch` of `compile` that the model cannot have."""
    if micro_batch is None:
        return
    check_integer("micro_batch", micro_batch, 1, meaning=" images")
    splits = getattr(model, "batch_norm_splits", None)
    if splits is not None:
        raise ValueError(
            "`micro_batch` must be left out with `batch_norm_splits`, which "
            "normalizes parts of the whole batch: `batch_norm_splits=None` "
            "has it normalize micro-batches. "
            f"Received: micro_batch={micro_batch}, batch_norm_splits={splits}"
        )


def count_micro_batches(micro_batch, sizes, devices=1):
    """How many micro-batches a batch makes, a smaller last one too.

    Args:
        micro_batch: Integer or None, images of a micro-batch.
        sizes: `Sizes` of the data, or None if they are not known.
        devices: Integer, how many share each batch, and each micro-batch.
    """
    if micro_batch is None:
        return 1
    if sizes is None:
        raise ValueError(
            "`micro_batch` needs data whose batch size is known before it is "
            "read: `keras_contrastive.data`, arrays, or a `DataLoader` with "
            f"`batch_size`. Received: micro_batch={micro_batch}"
        )
    received = f"Received: micro_batch={micro_batch}, batch_size={sizes.batch}"
    if micro_batch % devices:
        raise ValueError(
            f"`micro_batch` must be a multiple of {devices}, the number of "
            f"devices that share it. {received}"
        )
    if micro_batch > sizes.batch:
        raise ValueError(
            "`micro_batch` must not be above the batch size: leave it out, or "
            f"make the batch larger. {received}"
        )
    if sizes.batch % micro_batch:
        raise ValueError(
            f"`micro_batch` must divide the batch size. {received}"
        )
    count = sizes.batch // micro_batch
    if sizes.rest % (count * devices):
        raise ValueError(
            f"`batch_size` leaves a last batch of {sizes.rest} images, which "
            f"does not fall into {count} equal micro-batches: drop "
            f"{sizes.rest % (count * devices)} of them, choose another "
            "`batch_size`, or use `keras_contrastive.data.from_arrays`, which "
            f"leaves them out. {received}"
        )
    return count
