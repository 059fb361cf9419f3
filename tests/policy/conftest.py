"""Engines that policy tests run in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from engine.adapters.embedded_rego import EmbeddedRego
from engine.adapters.opa_server import OpaServer
from engine.model.space import PolicySettings
from engine.ports import PolicyEngine
from tests.conftest import lacking
from tests.policy.opa import OpaProcess, opa_binary

Engines = Callable[[Mapping[str, Any]], PolicyEngine]


@pytest.fixture(scope="session")
def opa() -> str:
    """The OPA program."""
    binary = opa_binary()
    if binary is None:
        lacking("the OPA program (go install github.com/open-policy-agent/opa@latest)")
    return str(binary)


@pytest.fixture(scope="session")
def opa_server(opa: str) -> Iterator[OpaProcess]:
    """One OPA server for the whole session; each engine keeps to its own root."""
    server = OpaProcess(opa).start()
    yield server
    server.stop()


@pytest.fixture(params=["embedded", "server"])
def engines(request: pytest.FixtureRequest) -> Engines:
    """Makes engines of both sorts: a test that asks for this runs in each."""
    if request.param == "embedded":
        return EmbeddedRego
    server: OpaProcess = request.getfixturevalue("opa_server")
    settings = PolicySettings(engine="opa", url=server.url)
    return lambda data: OpaServer(settings, data)
