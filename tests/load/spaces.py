"""A small sound space as files, for tests to add to."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.resolve import resolve
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, in_order
from engine.model.base import Spec

BASE = {
    "space.yaml": """
        kind: Space
        name: hub
        """,
    "policies/people.yaml": """
        {kind: Role, name: data-worker, clearance: internal,
         allow: [{on: studio, actions: [create], when: owner}]}

        ---
        {kind: User, name: romain, role: data-worker}
        ---
        {kind: User, name: sophie, role: data-worker, clearance: restricted}
        ---
        {kind: Group, name: analysts, members: [romain]}
        """,
    "catalog/doctors.yaml": """
        kind: CatalogEntry
        name: doctors
        dataset: p/doctors
        """,
    "projects/p/project.yaml": """
        kind: Project
        name: p
        managers: [sophie]
        members: [group:analysts]
        uses: [catalog/doctors]
        """,
    "projects/p/datasets/doctors.yaml": """
        kind: Dataset
        name: doctors
        owner: sophie
        from: {file: ../../../../data/doctors.csv}
        columns:
          - {name: id, type: string}
          - {name: oa, type: string}
        """,
    "projects/p/dataflows/flow.yaml": """
        kind: Dataflow
        name: flow
        inputs: {doctors: catalog/doctors}
        steps:
          - output: by_oa
            from: doctors
            lowcode:
              - aggregate: {by: [oa], metrics: {n: "count(*)"}}
          - output: top
            sql: select * from by_oa order by n desc limit 5
        """,
    "projects/p/dashboards/page.yaml": """
        kind: Dashboard
        name: page
        datasets: {by_oa: by_oa}
        rows:
          - - {kpi: "sum(n)", from: by_oa}
        """,
}


def files(texts: Mapping[str, str | bytes]) -> list[SourceFile]:
    """Files below `specs/`; texts may be indented."""
    return [
        SourceFile(f"specs/{path}", text if isinstance(text, bytes) else dedent(text).encode())
        for path, text in texts.items()
    ]


def loaded(texts: Mapping[str, str | bytes]) -> tuple[tuple[Resource[Spec], ...], tuple[Diagnostic, ...]]:
    """What loading the files gives."""
    return load(files(texts))


def resolved(texts: Mapping[str, str | bytes]) -> tuple[Space | None, tuple[Diagnostic, ...]]:
    """What loading and resolving the files gives, all diagnostics in order."""
    resources, shape = loaded(texts)
    space, references = resolve(resources)
    return space, in_order((*shape, *references))


def with_base(more: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """The base with other files, or files in place of its own."""
    return {**BASE, **more}


def mistakes(more: Mapping[str, str | bytes]) -> list[str]:
    """The diagnostics of the base with other files, as people see them."""
    return [str(diagnostic) for diagnostic in resolved(with_base(more))[1]]
