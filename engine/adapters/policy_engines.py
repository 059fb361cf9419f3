"""Which policy engine a space is set to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.model.space import PolicySettings
from engine.ports import PolicyEngine, PolicyServer

if TYPE_CHECKING:
    from engine.adapters.opa_server import OpaServer


def policy_engine(settings: PolicySettings, data: Mapping[str, Any]) -> PolicyEngine:
    """The engine that decides over `data`: in this process, or an OPA server."""
    match settings.engine:
        case "embedded":
            from engine.adapters.embedded_rego import EmbeddedRego

            return EmbeddedRego(data)
        case "opa":
            from engine.adapters.opa_server import OpaServer

            return OpaServer(settings, data)


def policy_server(settings: PolicySettings) -> PolicyServer:
    """Where rules and data are kept for the engine that decides."""
    match settings.engine:
        case "embedded":
            return InThisProcess()
        case "opa":
            return OpaKeeper(settings)


class InThisProcess:
    """A PolicyServer that keeps nothing: rules and data are given to the engine with every decision."""

    def difference(self, _data: Mapping[str, Any], /) -> str:
        """Nothing can differ."""
        return ""

    def hold(self, _data: Mapping[str, Any], /) -> None:
        """Nothing to hold."""

    def release(self, _data: Mapping[str, Any], /) -> None:
        """Nothing to take away."""


class OpaKeeper:
    """A PolicyServer that is an OPA server."""

    def __init__(self, settings: PolicySettings) -> None:
        self._settings = settings

    def difference(self, data: Mapping[str, Any]) -> str:
        """How what the server holds for `data` differs, in words. Raises PolicyUnavailable."""
        return self._server(data).difference()

    def hold(self, data: Mapping[str, Any]) -> None:
        """Put rules and `data` there unless they are. Raises PolicyUnavailable."""
        self._server(data).put()

    def release(self, data: Mapping[str, Any]) -> None:
        """Take away older revisions. Raises PolicyUnavailable."""
        self._server(data).drop_others()

    def _server(self, data: Mapping[str, Any]) -> OpaServer:
        from engine.adapters.opa_server import OpaServer

        return OpaServer(self._settings, data)
