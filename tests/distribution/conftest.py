import keras
import pytest


@pytest.fixture(autouse=True)
def processes_of_cpus():
    """JAX before 0.5 has none unless told to by a setting of its own."""
    if keras.backend.backend() == "jax":
        import jax

        if jax.__version_info__ < (0, 5):
            pytest.skip("JAX 0.4 joins no CPUs of several processes by itself")
