import math


def check_temperature(temperature, name="temperature"):
    if not 0 < temperature < math.inf:
        raise ValueError(
            f"`{name}` divides the similarities and must be positive, "
            f"e.g. 0.1. Received: {name}={temperature}"
        )
    return float(temperature)
