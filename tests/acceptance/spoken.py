"""The blocks of the specification, word for word, as one space."""

from __future__ import annotations

from tests.conftest import REPOSITORY, Cli, WriteSpace

SPACE = """\
kind: Space
name: shift-hub
title: SHIFT-HUB Smart Health Data Space
version: 1
sensitivity: [public, internal, restricted, secret]     # lowest first
store: ../.dataspace                                    # Parquet versions, state, site
engines: {default: {kind: duckdb}}                      # later: spark, ...
policy: {engine: embedded}                              # or {engine: opa, url: "http://127.0.0.1:8181"}
---
# specs/catalog/sources/has.yaml     a connector; only a platform manager may create one
kind: Source
name: has
type: url                    # file | url | s3 | postgres | sqlite | ...
url: "https://..."
allow_projects: [open-data]
"""
PROJECTS = """\
kind: Project
name: open-data
title: Open health data
managers: [sophie]
members: [romain, group:analysts]
uses: [catalog/medecins_accredites_has]   # its library, queryable there
---
{kind: Project, name: studio-romain, personal: true, owner: romain}
---
{kind: Project, name: project-b, managers: [sophie], members: [bob], uses: [catalog/medecins_accredites_has]}
"""
DATASETS = """\
kind: Dataset
name: medecins_accredites_has
title: Médecins accrédités HAS
description: Doctors accredited by the Haute Autorité de Santé, one row per doctor and establishment.
owner: sophie
sensitivity: internal
from: {file: ../../../data/medecins.csv}   # | {url: ...} | {python: ingest.py:fetch}
format: {type: csv, delimiter: ",", encoding: utf-8, decimal: "."}     # detected when left out
columns:
  - {name: num_rpps, from: "N° RPPS", type: string, tags: [personal], description: National identifier}
  - {name: date_accreditation, from: "Date accréditation", type: date, parse: "%d/%m/%Y"}
  - {name: oa, from: OA, type: string}
  - {name: finess, from: FINESS, type: string}
  - {name: departement, from: Département, type: string}
  - {name: statut, from: Statut, type: string}
checks:
  - not_null: [num_rpps, oa]
  - unique: [num_rpps, finess]
  - accepted_values: {column: statut, values: [Libéral, Salarié, Libéral et salarié, Médecin militaire]}
  - row_count: {min: 90}
  - freshness: {column: date_accreditation, max_age: 400d}
    severity: warn                      # default: error, which blocks publishing
  - references: {column: finess, to: open-data/establishments, key: finess}
    severity: warn
  - sql: "select * from {self} where date_accreditation > current_date"     # any row is a failure
    name: no-future-dates
protect: {unit: num_rpps, min_cell: 5}   # disclosure floor: cells count distinct units
prevent_destroy: true                    # a plan that removes it fails
moved: {from: dataset/open-data/old}     # renamed: no rebuild
---
{kind: Dataset, name: establishments, sensitivity: public, from: {file: ../../../data/establishments.csv}}
"""
FLOW = """\
kind: Dataflow
name: get_started
title: Get Started
inputs: {doctors: catalog/medecins_accredites_has}
steps:
  - output: doctors_by_oa               # becomes dataset studio-romain/doctors_by_oa
    from: doctors
    lowcode:
      - filter: "oa is not null"
      - aggregate: {by: [oa], metrics: {doctors: "count(distinct num_rpps)", accreditations: "count(*)"}}
      - order_by: [-doctors, oa]
  - output: top_oa
    sql: |
      select oa, doctors from doctors_by_oa order by doctors desc limit 5
  - output: by_department
    python: flows/by_department.py:transform      # def transform(doctors: ibis.Table) -> ibis.Table
# schedule: "0 6 * * *"                 # projects only, not studios
---
kind: DataflowTest
name: counts-per-oa
dataflow: get_started
given: {doctors: [{num_rpps: "1", oa: AFU}, {num_rpps: "1", oa: AFU}]}      # missing columns are null
expect: {doctors_by_oa: [{oa: AFU, doctors: 1, accreditations: 2}]}        # row order is free
"""
DASHBOARD = """\
kind: Dashboard
name: doctors
title: Doctors by accredited body
datasets: {by_oa: doctors_by_oa}
filters:
  - {name: oa, from: by_oa, column: oa, type: multiselect}
rows:
  - - {kpi: "sum(doctors)", from: by_oa, title: Doctors}
    - {text: "Source: HAS, daily publication."}
  - - {chart: bar, from: by_oa, x: doctors, y: oa, sort: -doctors, title: Doctors by OA}
    - {table: by_oa, columns: [oa, doctors, accreditations], page_size: 20}
  - - vega_lite: {mark: point, encoding: {x: {field: doctors, type: quantitative}}}
      from: by_oa
      title: Anything Vega-Lite can draw
min_cell: 5                              # may only raise its datasets' floor
"""
ENTRY = """\
kind: CatalogEntry
name: medecins_accredites_has
dataset: open-data/medecins_accredites_has
access: open                             # open (to the cleared) | on-request
themes: [HEAL]
keywords: [doctors, accreditation]
license: etalab-2.0
contact: {name: Data office, email: data@example.org}
"""
POLICIES = """\
kind: User
name: romain
title: Romain
email: romain@example.org
role: data-worker
clearance: restricted                    # optional; else the role's
---
{kind: User, name: sophie, role: platform-manager}
---
{kind: User, name: marie, role: business-analyst}
---
{kind: User, name: bob, role: data-worker, clearance: public}
---
{kind: User, name: ida, role: data-worker}
---
{kind: Group, name: analysts, members: [marie]}
---
{kind: Group, name: idf, members: [ida]}
---
kind: Group
name: shift-hub
members: [romain, marie]
---
kind: Network
name: headquarters
cidrs: [127.0.0.0/8, 203.0.113.0/24, "2001:db8::/32"]
applies_to: everyone                     # no network that covers the caller: refused
---
kind: DataPolicy                         # rows and columns
name: regional-analysts
datasets: [open-data/medecins_accredites_has]
to: group:idf
rows: "departement in ('75','92','93','94')"
columns: {num_rpps: hash, statut: redact}   # redact | hash | null | year | prefix:N | round:N
---
kind: Grant                              # the answer to an application for authorization
name: b-uses-doctors
dataset: catalog/medecins_accredites_has
to: project:project-b
actions: [preview, use]
purpose: Workforce planning
from: 2026-01-01
until: 2026-12-31
requested_by: romain
approved_by: sophie                      # never the requester; the dataset's owner or a platform manager
status: approved                         # requested | approved | refused | revoked
"""
FUNCTION = """\
import ibis


def transform(doctors: ibis.Table) -> ibis.Table:
    return doctors.group_by("departement").agg(doctors=lambda t: t.num_rpps.nunique())
"""
BODIES, PLACES = ("AFU", "CFAR", "ORTHORISQ"), ("75", "92", "2A", "13")
STATES = ("Libéral", "Salarié", "Libéral et salarié", "Médecin militaire")


def doctors() -> str:
    """240 doctors, one establishment each; 60 in each department, 80 in each body."""
    days = [f"{i % 28 + 1:02d}/{i % 9 + 1:02d}/2025" for i in range(240)]
    rows = [
        f"{1000 + i},{day},{BODIES[i % 3]},F{i:03d},{PLACES[i % 4]},{STATES[i % 4]}"
        for i, day in enumerate(days)
    ]
    return "\n".join(["N° RPPS,Date accréditation,OA,FINESS,Département,Statut", *rows]) + "\n"


def spoken(write_space: WriteSpace) -> Cli:
    """The space of the specification's blocks, not yet applied."""
    studio = "specs/projects/studio-romain"
    return write_space(
        {
            "specs/space.yaml": SPACE,
            "specs/projects/projects.yaml": PROJECTS,
            "specs/projects/open-data/datasets/medecins_accredites_has.yaml": DATASETS,
            f"{studio}/dataflows/get_started.yaml": FLOW,
            f"{studio}/dataflows/flows/by_department.py": FUNCTION,
            f"{studio}/dashboards/doctors.yaml": DASHBOARD,
            "specs/catalog/medecins_accredites_has.yaml": ENTRY,
            "specs/policies/people.yaml": POLICIES,
            "specs/policies/roles.yaml": (REPOSITORY / "specs/policies/roles.yaml").read_text("utf-8"),
            "specs/data/medecins.csv": doctors(),
            "specs/data/establishments.csv": "finess\n" + "".join(f"F{i:03d}\n" for i in range(200)),
        }
    )
