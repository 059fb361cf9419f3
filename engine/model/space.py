"""`kind: Space`: the settings of the whole data space, one document per space."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from engine.model.base import Duration, Line, Model, Name, NonNegative, Positive, Spec, Str
from engine.model.theme import Theme


class EngineSettings(Model):
    """One compute engine. Only `duckdb` is supported so far, and only as `default`."""

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


def _plain_url(url: str) -> None:
    """An http(s) URL that holds no credential; raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a credential is never written: name the variable that holds the URL with `url_env`")


class Webhook(Model):
    """Where alerts are posted as json: at `url`, or at the one in a variable (it may be a secret)."""

    url: Line | None = None
    url_env: Name | None = None
    """The environment variable that holds the URL."""
    token_env: Name | None = None
    """The environment variable that holds a bearer token."""

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("write `url` or `url_env`, exactly one")
        if self.url is not None:
            _plain_url(self.url)
        return self


class Mail(Model):
    """The mail server and the people that alerts are sent to."""

    host: Line
    port: Positive = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    from_: Line = Field(alias="from")
    to: Annotated[tuple[Line, ...], Field(min_length=1)]
    user: Line | None = None
    password_env: Name | None = None
    """The environment variable that holds the password."""


class AlertSettings(Model):
    """How people are told of dashboards' alerts; without either they stand in the run record alone."""

    webhook: Webhook | None = None
    mail: Mail | None = None
    site: Line | None = None
    """The address under which people read the site, for links in what is sent."""

    @model_validator(mode="after")
    def _site_is_an_address(self) -> Self:
        if self.site is not None:
            _plain_url(self.site)
        return self


class Limits(Model):
    """How much one plan may change before it needs an approval."""

    new_readers: NonNegative | None = None
    removals: NonNegative | None = None


class DisclosureSettings(Model):
    """How long one apply may look for the fewest values to withhold; past it more is withheld, as safely.

    Seconds are counted in steps of work, so that every machine finds the same.
    """

    seconds: Positive = 60


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
    theme: Theme | None = None
    """The tokens themselves, or the path of a partial that holds them."""
    engines: dict[Name, EngineSettings] = Field(default_factory=lambda: {"default": EngineSettings()})
    policy: PolicySettings = PolicySettings()
    collect: CollectSettings = CollectSettings()
    limits: Limits = Limits()
    disclosure: DisclosureSettings = DisclosureSettings()
    openlineage: LineageSettings = LineageSettings()
    alerts: AlertSettings = AlertSettings()
    trusted_proxies: tuple[Line, ...] = ()
    """Not yet supported."""
