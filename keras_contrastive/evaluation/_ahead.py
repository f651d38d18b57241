from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any


def ahead(started: Iterable[Any], count: int = 2) -> Iterator[Any]:
    """Yields what an iterable yields, `count` items after it.

    Where an item is a result that a device still computes, the device has the
    next ones to go on with while the host waits for it. At most `count + 1`
    are held.

    Args:
        started: Iterable.
        count: Integer, items taken before the first is yielded. Defaults
            to 2.
    """
    waiting: deque[Any] = deque()
    for item in started:
        waiting.append(item)
        if len(waiting) > count:
            yield waiting.popleft()
    yield from waiting
