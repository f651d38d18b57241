"""Runs a function on two replicas of `tf.distribute`, on two logical CPUs."""

import numpy as np

from tests.replicas import mirrored_strategy as strategy


def on_two_replicas(function, *arrays):
    """Results of both replicas, each run on its half of the arrays."""
    import tensorflow as tf

    @tf.function
    def run(*halves):
        return strategy().run(function, halves)

    results = run(*[distributed(array) for array in arrays])

    def of_replica(i):
        return tf.nest.map_structure(lambda x: x.values[i].numpy(), results)

    return [of_replica(0), of_replica(1)]


def distributed(array):
    import tensorflow as tf

    halves = np.split(array, 2)
    return strategy().experimental_distribute_values_from_function(
        lambda context: tf.constant(halves[context.replica_id_in_sync_group])
    )
