"""`kind: Space`: the settings of the whole data space, one document per space."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.model.base import Duration, Line, Model, Name, NonNegative, Positive, Spec, Str


class EngineSettings(Model):
    """One compute engine. Only `duckdb` runs today; others are named so that specs can say them."""

    kind: Literal["duckdb", "spark"] = "duckdb"
    threads: Positive | None = None
    memory: Str | None = None
    url: Str | None = None


class PolicySettings(Model):
    """Where decisions are made: in this process, or in an OPA server at `url`."""

    engine: Literal["embedded", "opa"] = "embedded"
    url: Line | None = None
    timeout: Duration = "5s"


class CollectSettings(Model):
    """What collecting from the network may do: which hosts, how much, how long."""

    allow_hosts: tuple[Line, ...] = ()
    allow_private: tuple[Line, ...] = ()
    """Hosts that may resolve to a private or loopback address."""
    max_bytes: Positive = 2_000_000_000
    timeout: Duration = "60s"


class LineageSettings(Model):
    """Where OpenLineage events go beside the store: an HTTP endpoint, with its token in a variable."""

    url: Line | None = None
    token_env: Name | None = None
    """The environment variable that holds the bearer token."""


class Limits(Model):
    """How much one plan may change before it needs an approval."""

    new_readers: NonNegative | None = None
    removals: NonNegative | None = None


class SpaceSpec(Spec):
    """The space: its levels of sensitivity (lowest first), store, engines and policy engine."""

    address_kind: ClassVar[str] = "space"

    kind: Literal["Space"]
    version: Literal[1] = 1
    sensitivity: Annotated[tuple[Name, ...], Field(min_length=1)] = (
        "public",
        "internal",
        "restricted",
        "secret",
    )
    store: Line = "../.dataspace"
    languages: Annotated[tuple[Name, ...], Field(min_length=1)] = ("en",)
    engines: dict[Name, EngineSettings] = Field(default_factory=lambda: {"default": EngineSettings()})
    policy: PolicySettings = PolicySettings()
    collect: CollectSettings = CollectSettings()
    limits: Limits = Limits()
    openlineage: LineageSettings = LineageSettings()
    trusted_proxies: tuple[Line, ...] = ()
