"""How long reading an origin may take."""

from __future__ import annotations

import time

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(duration: str) -> float:
    """The seconds that a duration of the specs means."""
    return float(duration[:-1]) * _SECONDS[duration[-1]]


class TooSlow(Exception):
    """The time for the whole exchange is over."""


class Deadline:
    """A moment by which everything is to be done."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Whether there is no time left."""
        return time.monotonic() >= self._end

    def left(self, most: float | None = None) -> float:
        """Seconds left, at most `most`. Raises TooSlow when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left if most is None else min(left, most)
