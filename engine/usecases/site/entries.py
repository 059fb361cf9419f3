"""Catalogue entries, their terms, and how to apply for access."""

from __future__ import annotations

from collections.abc import Mapping

from engine.addresses import Address, dataset_reference
from engine.core.space import Resource
from engine.model.catalog import CatalogEntry
from engine.model.project import Project
from engine.usecases.site.values import DatasetFacts, EntryFacts
from engine.usecases.site.values_basic import Link
from engine.usecases.site.visit import Visit
from engine.usecases.site.written import yaml_of, yaml_text


def entry_facts(
    visit: Visit,
    resource: Resource[CatalogEntry],
    dataset: DatasetFacts,
    users: Mapping[Address, tuple[Link, ...]],
) -> EntryFacts:
    """A catalogue entry with the dataset it offers, and how to apply for it when that is needed."""
    spec, address = resource.spec, resource.address
    rights = _rights(visit, address)
    asks = visit.sight.may("request", address) and not {"preview", "use"} <= {*rights}
    contact = spec.contact
    return EntryFacts(
        link=visit.link(address),
        description=visit.words(spec.description) or dataset.description,
        access=spec.access,
        themes=spec.themes,
        keywords=spec.keywords,
        license=spec.license or "",
        contact=contact.name if contact else "",
        contact_href=_contact_href(contact.email, contact.url) if contact else "",
        dataset=dataset,
        mine="" if visit.sight.reader is None else "preview" if "preview" in rights else "metadata",
        rights=", ".join(rights),
        apply_command=_apply_command(visit, address) if asks else "",
        apply_yaml=_apply_yaml(visit, address) if asks else "",
        used_by=users.get(address, ()),
        yaml=yaml_of(resource) if visit.sight.sees(dataset.link.address) else "",
    )


def _rights(visit: Visit, entry: Address) -> tuple[str, ...]:
    """What the reader may do with the data of an entry; nothing is said to the operator."""
    if visit.sight.reader is None:
        return ()
    return tuple(action for action in ("preview", "export", "use") if visit.sight.may(action, entry))


def _contact_href(email: str | None, url: str | None) -> str:
    """Where a contact leads; only mail and web addresses become links."""
    if email:
        return f"mailto:{email}"
    return url if url and url.startswith(("https://", "http://")) else ""


def _applicant(visit: Visit) -> str:
    return visit.sight.people[0] if len(visit.sight.people) == 1 else "<your-name>"


def _apply_command(visit: Visit, entry: Address) -> str:
    return f'engine request {entry} --as {_applicant(visit)} --actions preview,use --purpose "..."'


def _apply_yaml(visit: Visit, entry: Address) -> str:
    who = _applicant(visit)
    return yaml_text(
        {
            "kind": "Grant",
            "name": f"{who}-uses-{entry.name}" if who[0] != "<" else f"<you>-uses-{entry.name}",
            "dataset": str(entry),
            "to": f"user:{who}",
            "actions": ["preview", "use"],
            "purpose": "<what for>",
            "until": "<date>",
            "requested_by": who,
            "status": "requested",
        }
    )


def library(visit: Visit) -> dict[Address, tuple[Link, ...]]:
    """For each catalogue entry, the projects the reader sees that took it into their library."""
    found: dict[Address, list[Link]] = {}
    for project in visit.space.of(Project):
        if visit.sight.sees(project.address):
            for text in project.spec.uses:
                entry = dataset_reference(text, project.address.name)
                found.setdefault(entry, []).append(visit.link(project.address))
    return {entry: tuple(links) for entry, links in found.items()}
