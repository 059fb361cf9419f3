"""Addresses of resources, references as authors write them, and principals.

An address names one resource of the space for good: `dataset/open-data/doctors`, `user/romain`.
A reference is what an author writes inside a project and resolves to an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}")

PROJECT_KINDS = frozenset({"dataset", "dataflow", "dashboard", "assistant", "notebook", "test"})
SPACE_KINDS = frozenset(
    {"space", "source", "project", "catalog", "role", "user", "group", "network", "datapolicy", "grant"}
)
PRINCIPAL_KINDS = ("user", "group", "role", "project", "everyone")


class AddressError(ValueError):
    """The text is no address; the message says what one looks like."""


def is_name(text: str) -> bool:
    """Whether `text` may name a resource: letters, digits, `_`, `-`; up to 63; not starting with `-`."""
    return NAME.fullmatch(text) is not None


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """`kind/project/name` for what lives in a project, `kind/name` for the rest."""

    kind: str
    project: str
    """The project's name; empty for kinds that belong to the whole space."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.project}/{self.name}" if self.project else f"{self.kind}/{self.name}"

    @staticmethod
    def parse(text: str) -> Address:
        """The address that `text` spells. Raises AddressError with what is wrong."""
        kind, *rest = text.split("/")
        if kind in PROJECT_KINDS and len(rest) == 2 and all(map(is_name, rest)):
            return Address(kind, rest[0], rest[1])
        if kind in SPACE_KINDS and len(rest) == 1 and is_name(rest[0]):
            return Address(kind, "", rest[0])
        if kind in PROJECT_KINDS:
            raise AddressError(f'"{text}" is no address: write {kind}/<project>/<name>.')
        if kind in SPACE_KINDS:
            raise AddressError(f'"{text}" is no address: write {kind}/<name>.')
        known = ", ".join(sorted(PROJECT_KINDS | SPACE_KINDS))
        raise AddressError(f'"{text}" is no address: it starts with none of {known}.')


def dataset_address(project: str, name: str) -> Address:
    """The address of a project's dataset."""
    return Address("dataset", project, name)


def catalog_address(name: str) -> Address:
    """The address of a catalogue entry."""
    return Address("catalog", "", name)


def dataset_reference(text: str, project: str) -> Address:
    """The address a dataset reference means: `name`, `project/name` or `catalog/entry`.

    `project` is where the reference stands. Raises AddressError when the text is none of the three.
    """
    parts = text.split("/")
    if not all(map(is_name, parts)) or len(parts) > 2 or (len(parts) == 1 and not project):
        raise AddressError(f'"{text}" is no reference: write dataset, project/dataset or catalog/entry.')
    if len(parts) == 1:
        return dataset_address(project, parts[0])
    return catalog_address(parts[1]) if parts[0] == "catalog" else dataset_address(parts[0], parts[1])


@dataclass(frozen=True, order=True, slots=True)
class Principal:
    """Whom a right, share or policy names: `user:romain`, `group:g`, `role:r`, `project:p`, `everyone`."""

    kind: str
    name: str
    """Empty for `everyone`."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @staticmethod
    def parse(text: str) -> Principal:
        """The principal that `text` spells; a bare name is a user. Raises AddressError otherwise."""
        if text == "everyone":
            return Principal("everyone", "")
        kind, _, name = text.rpartition(":")
        kind = kind or "user"
        if kind not in PRINCIPAL_KINDS or kind == "everyone" or not is_name(name):
            raise AddressError(
                f'"{text}" is no principal: write user:name, group:name, role:name, project:name or everyone.'
            )
        return Principal(kind, name)
