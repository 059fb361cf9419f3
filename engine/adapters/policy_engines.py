"""Which policy engine a space is set to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model.space import PolicySettings
from engine.ports import PolicyEngine


def policy_engine(settings: PolicySettings, data: Mapping[str, Any]) -> PolicyEngine:
    """The engine that decides over `data`: in this process, or an OPA server."""
    match settings.engine:
        case "embedded":
            from engine.adapters.embedded_rego import EmbeddedRego

            return EmbeddedRego(data)
        case "opa":
            from engine.adapters.opa_server import OpaServer

            return OpaServer(settings, data)
