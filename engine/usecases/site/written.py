"""What authors wrote, as text for a page: the YAML of a document, the code of a step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.core.snapshot import meaning_of
from engine.core.space import Resource
from engine.model.base import Spec


def yaml_of(resource: Resource[Spec]) -> str:
    """The document as YAML, its kind first: the same for any order of keys, as plans are."""
    meaning = meaning_of(resource)
    return yaml_text({"kind": meaning.pop("kind"), **meaning})


def yaml_text(data: Mapping[str, Any] | list[Any]) -> str:
    """Plain data as YAML, long texts as blocks."""
    import yaml

    return yaml.dump(_plain(data), Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=100)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


@cache
def _dumper() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Blocks(base):  # type: ignore[misc]  # libyaml where it is there, many times faster
        """Texts of several lines as `|` blocks, as people write them."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value.strip() else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Blocks.add_representer(str, text)
    return Blocks
