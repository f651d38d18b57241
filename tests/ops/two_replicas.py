"""Runs a function on two replicas of `tf.distribute`, on two logical CPUs."""

import functools

import numpy as np


@functools.cache
def strategy():
    import tensorflow as tf

    class Strategy(tf.distribute.MirroredStrategy):
        # Strategies of one process number their collectives alike and refuse
        # other shapes under a known number: keep apart from other tests.
        _collective_key_base = 100000

    return Strategy(["CPU:0", "CPU:1"])


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
