"""Which units the rows of a dataset are made of, as a query over the datasets that hold them.

A unit is a person. `provenance_of` says for every dataset that comes from units which of them each of its
rows is made of, or why that cannot be told. What is not surely right is not followed.
"""

from __future__ import annotations

from engine.core.provenance.datasets import Provenances, provenance_of
from engine.core.provenance.values import ROW, UNIT, Figure, NotFollowed, Provenance, Refusal

__all__ = [
    "ROW", "UNIT", "Figure", "NotFollowed", "Provenance", "Provenances", "Refusal", "provenance_of",
]  # fmt: skip
