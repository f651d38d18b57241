def steps_per_epoch(num_images: int, batch_size: int) -> int:
    """Steps of data that drop the remainder."""
    if not 1 <= batch_size <= num_images:
        raise ValueError(
            "`batch_size` must be between 1 and `num_images`. "
            f"Received: batch_size={batch_size}, num_images={num_images}"
        )
    return num_images // batch_size
