import math

Z = 1.96  # of the normal distribution, 95 % of which lie within


def confidence_interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for a share, which few trials allow, too.

    Args:
        share: Float in 0..1, what was found.
        count: Integer, of how many.

    Returns:
        Tuple of floats in 0..1, its ends.

    Reference: Wilson, 1927, "Probable inference, the law of succession, and
        statistical inference".
    """
    center = share + Z**2 / (2 * count)
    spread = Z * math.sqrt(share * (1 - share) / count + (Z / (2 * count)) ** 2)
    whole = 1 + Z**2 / count
    return (
        max(0.0, (center - spread) / whole),
        min(1.0, (center + spread) / whole),
    )
