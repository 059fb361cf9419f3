"""Keys and kinds that may be written down and do nothing yet: an error each, until what they promise works.

Whoever writes `engines: {default: {kind: spark}}` must not find out from a bill that DuckDB computed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from engine.core.space import Resource
from engine.diagnostics import Diagnostic, error
from engine.model.base import Spec
from engine.model.space import SpaceSpec

Key = tuple[str, str]
"""The kind of a document, and a key of it; empty for the whole kind."""

WAITING: Mapping[Key, str] = MappingProxyType(
    {
        ("Assistant", ""): "Leave the document out.",
        ("Notebook", ""): "Keep the notebook beside the specs, and leave the document out.",
        ("Dashboard", "refresh"): "Pages are drawn again with every run: `schedule` a dataflow.",
        ("Source", "secret_env"): "Sources without a login are read; else export the table to a file.",
        ("Source", "options"): "Write what tells how to read it under the dataset's `format`.",
        ("Space", "trusted_proxies"): "Leave it out: no address that a proxy tells is ever believed.",
    }
)
"""What to do instead of each."""


def not_yet(resources: Iterable[Resource[Spec]]) -> tuple[Diagnostic, ...]:
    """An error at everything in the documents that this version accepts and would not do."""
    return tuple(found for resource in resources for found in _of(resource))


def _of(resource: Resource[Spec]) -> Iterator[Diagnostic]:
    kind = str(getattr(resource.spec, "kind", ""))
    for (of, key), instead in WAITING.items():
        if of == kind and (not key or getattr(resource.spec, key, None)):
            what = f"`{key}`" if key else f"`kind: {kind}`"
            yield error(
                "not-yet-supported", resource.span(key or "kind"), f"{what} does nothing yet.", instead
            )
    if isinstance(resource.spec, SpaceSpec):
        yield from _engines(resource, resource.spec)


def _engines(resource: Resource[Spec], space: SpaceSpec) -> Iterator[Diagnostic]:
    for name, engine in space.engines.items():
        at = ("engines", name)
        if engine.kind != "duckdb":
            summary = f'Engine "{name}" is of kind {engine.kind}, which nothing is computed by yet.'
            yield error("not-yet-supported", resource.span(*at, "kind"), summary, "Write `kind: duckdb`.")
        if engine.url is not None:
            summary = f'`url` of engine "{name}" does nothing yet.'
            yield error("not-yet-supported", resource.span(*at, "url"), summary, "Leave it out.")
        if name != "default":
            summary = f'Nothing is computed by engine "{name}" yet.'
            yield error("not-yet-supported", resource.span(*at), summary, "Write it as `default`.")
