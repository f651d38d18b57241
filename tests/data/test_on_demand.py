import threading
import time

import pytest

from keras_contrastive.data import _on_demand
from keras_contrastive.data._on_demand import Readers


def test_each_takes_few_ahead_and_keeps_the_order(monkeypatch):
    monkeypatch.setattr(_on_demand, "UNDER_WAY", 3)
    taken = []

    def items():
        for item in range(20):
            taken.append(item)
            yield item

    with Readers() as readers:
        for rank, square in enumerate(readers.each(lambda i: i * i, items())):
            assert square == rank**2
            assert len(taken) - rank <= 3
    assert len(taken) == 20


def test_a_pass_that_is_given_up_reads_nothing_more():
    """Only what is being read: its threads wait until the rest is dropped."""
    read, dropped = [], threading.Event()

    def release(threads):
        with pytest.raises(RuntimeError, match="after shutdown"):
            while True:
                threads.submit(int)
                time.sleep(0.001)
        dropped.set()

    def read_one(row):
        assert dropped.wait(10)
        read.append(row)

    with Readers() as readers:
        for row in range(200):
            readers.threads.submit(read_one, row)
        helper = threading.Thread(target=release, args=(readers.threads,))
        helper.start()
    helper.join()
    assert 0 < len(read) < 100
