"""Mistakes in data files and in how a spec names them, as `DataMistake`s. No message holds a cell's value."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.space import Resource
from engine.diagnostics import DataMistake, SourceSpan, error
from engine.model.dataset import Dataset

Asked = Resource[Dataset]
"""The document that asks for the data."""


def mistake(code: str, span: SourceSpan, summary: str, detail: str = "") -> DataMistake:
    """One mistake, ready to be raised."""
    return DataMistake((error(code, span, summary, detail),))


def origin_mistake(asked: Asked, code: str, summary: str, detail: str = "") -> DataMistake:
    """A mistake at the place where the document says where its rows come from."""
    origin = asked.spec.from_
    keys = [key for key in ("file", "url", "source", "python") if getattr(origin, key) is not None]
    return mistake(code, asked.span("from", *keys[:1]), summary, detail)


def format_mistake(asked: Asked, key: str, summary: str, detail: str = "") -> DataMistake:
    """A mistake in the document's `format:`."""
    return mistake("bad-format", asked.span("format", key), summary, detail)


def several(mistakes: Iterable[DataMistake]) -> DataMistake | None:
    """All mistakes as one, or None when there are none."""
    diagnostics = tuple(d for one in mistakes for d in one.diagnostics)
    return DataMistake(diagnostics) if diagnostics else None
