"""What the administration page says, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from engine.usecases.site.values_basic import Attention, Link, Mood


@dataclass(frozen=True, slots=True)
class UserFacts:
    """A person of the space."""

    link: Link
    email: str
    role: str
    clearance: str
    groups: tuple[str, ...]
    projects: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A grant, and whether it holds today."""

    link: Link
    dataset: Link | None
    to: str
    actions: tuple[str, ...]
    purpose: str
    from_: str
    until: str
    requested_by: str
    approved_by: str
    state: str
    mood: Mood


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A line of configuration: what it is, and its facts as (label, text)."""

    link: Link
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Admin:
    """The configuration the reader may see."""

    users: tuple[UserFacts, ...] = ()
    groups: tuple[ConfigRow, ...] = ()
    roles: tuple[ConfigRow, ...] = ()
    networks: tuple[ConfigRow, ...] = ()
    sources: tuple[ConfigRow, ...] = ()
    policies: tuple[ConfigRow, ...] = ()
    grants: tuple[GrantFacts, ...] = ()
    orphans: tuple[Attention, ...] = ()
