"""Ranges of addresses: those of networks, and of trusted proxies."""

from __future__ import annotations

import ipaddress

from engine.core.document import Path
from engine.core.resolve_names import Names
from engine.core.space import Resource
from engine.model.base import Spec
from engine.model.policies import Network
from engine.model.space import SpaceSpec


def check_networks(names: Names) -> None:
    """Report every text that is no range of addresses, and ranges written by an address inside."""
    for resource in names.documents():
        if isinstance(resource.spec, Network):
            _check_ranges(names, resource, ("cidrs",), resource.spec.cidrs)
        elif isinstance(resource.spec, SpaceSpec):
            _check_ranges(names, resource, ("trusted_proxies",), resource.spec.trusted_proxies)


def _check_ranges(names: Names, resource: Resource[Spec], path: Path, ranges: tuple[str, ...]) -> None:
    for index, text in enumerate(ranges):
        span = resource.span(*path, index)
        try:
            ipaddress.ip_network(text, strict=True)
        except ValueError:
            try:
                meant = ipaddress.ip_network(text, strict=False)
            except ValueError:
                detail = "Write one like 203.0.113.0/24 or 2001:db8::/32."
                names.add("network", span, f'"{text}" is no range of addresses.', detail)
                continue
            summary = f'"{text}" is an address inside a range, not the range.'
            names.add("network", span, summary, f'Did you mean "{meant}"?')
