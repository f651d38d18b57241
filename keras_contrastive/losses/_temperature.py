def check_temperature(temperature):
    if not temperature > 0:
        raise ValueError(
            "`temperature` divides the similarities and must be positive, "
            f"e.g. 0.1. Received: temperature={temperature}"
        )
    return float(temperature)
