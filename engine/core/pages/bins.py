"""Bins of a histogram over people: wide enough for several, and of a width that tells of nobody."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

STEPS = 5
"""Bins between the quartiles, about."""


@dataclass(frozen=True, slots=True)
class Step:
    """A width of 1, 2 or 5 at some power of ten."""

    digit: int
    power: int

    @property
    def width(self) -> float:
        """The width itself."""
        return float(f"{self.digit}e{self.power}")

    def sql(self, value: str) -> str:
        """The lower end of a value's bin; whole numbers are multiplied and divided, so that it is exact."""
        if self.power >= 0:
            whole = self.digit * 10**self.power
            return f"floor({value} / {whole}) * {whole}"
        inverse = 10**-self.power // self.digit
        return f"floor({value} * {inverse}) / {inverse}"


Steps = Mapping[tuple[str, str], Step]
"""The steps of a page's histograms, by the dataset's name in the page and the column."""


def step_between(low: float, high: float) -> Step | None:
    """The step for values whose quartiles these are; None where these are one."""
    spread = high - low
    if not (spread > 0 and math.isfinite(spread)):
        return None
    power = math.floor(math.log10(spread / STEPS))
    digit = next((d for d in (1, 2, 5) if d * 10.0**power >= spread / STEPS), None)
    return Step(1, power + 1) if digit is None else Step(digit, power)
