"""Generated spaces and requests: every feature of policy, by a seeded generator."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.space import Space
from engine.model.policies import ACTIONS
from engine.policy.decision import Request
from engine.policy.people import people_of
from tests.policy.spaces import space_of

ROLES = ("viewer", "business-analyst", "data-worker", "platform-manager", "auditor")
WORKERS = ("data-worker",) * 4
LEVELS = ("public", "internal", "restricted", "secret")
TODAY = datetime.date(2026, 9, 28)
SHIPPED_ROLES = (Path(__file__).parents[2] / "specs" / "policies" / "roles.yaml").read_text(encoding="utf-8")
AUDITOR = """
kind: Role
name: auditor
clearance: restricted
allow:
  - {on: dataset, actions: [see, preview], when: any}
  - {on: dataflow, actions: [read], when: clearance}
  - {on: catalog, actions: [see, export], when: clearance}
  - {on: dashboard, actions: [read], when: manager}
  - {on: project, actions: [see], when: owner}
"""
IPS = ("127.0.0.1",) * 12 + (
    "10.1.2.3",
    "203.0.113.7",
    "2001:db8::5",
    "8.8.8.8",
    "::1",
    "::ffff:10.0.0.9",
    "nowhere",
)
USUAL = {
    "dataset": ("see", "preview", "use", "update"),
    "catalog": ("see", "preview", "export", "request"),
    "dashboard": ("read", "edit", "share"),
    "project": ("see", "update"),
}


def random_space(
    seed: int, people: int = 12, projects: int = 4, datasets: int = 12
) -> tuple[Space, dict[Address, CompiledDataset]]:
    """A space with users, groups in groups, studios, shares, grants, data policies and networks."""
    pick = random.Random(seed)
    users = [f"u{i}" for i in range(people)]
    teams = [f"p{i}" for i in range(projects)]
    studios = [f"studio-{u}" for u in users[: people // 4]]
    documents = [SHIPPED_ROLES, AUDITOR, "{kind: Space, name: s}"]
    documents += [_user(pick, u) for u in users]
    documents += _groups(pick, users)
    documents += [
        f"{{kind: Project, name: {p}, managers: [{pick.choice(users)}], "
        f"members: {_some(pick, users, people * 2 // 3)}}}"
        for p in teams
    ]
    documents += [
        f"{{kind: Project, name: {s}, personal: true, owner: {s.removeprefix('studio-')}}}" for s in studios
    ]
    names = [(pick.choice(teams + studios), f"d{i}") for i in range(datasets)]
    documents += [_dataset(pick, users, project, name) for project, name in names]
    documents += [
        f"{{kind: CatalogEntry, name: e_{n}, dataset: {p}/{n}, "
        f"access: {pick.choice(['open', 'on-request'])}}}"
        for p, n in names
        if pick.random() < 0.7
    ]
    documents += _governance(pick, users, teams, names)
    return space_of("\n---\n".join(documents))


def _user(pick: random.Random, name: str) -> str:
    clearance = f", clearance: {pick.choice(LEVELS)}" if pick.random() < 0.4 else ""
    return f"{{kind: User, name: {name}, role: {pick.choice((*ROLES, *WORKERS))}{clearance}}}"


def _groups(pick: random.Random, users: list[str]) -> list[str]:
    return [
        f"{{kind: Group, name: g0, members: {_some(pick, users, 3)}}}",
        f"{{kind: Group, name: g1, members: [{pick.choice(users)}, 'group:g0']}}",
        "{kind: Group, name: g2, members: ['group:g1', 'group:g2']}",
    ]


def _some(pick: random.Random, names: list[str], most: int) -> str:
    return f"[{', '.join(sorted(pick.sample(names, pick.randint(0, most))))}]"


def _principal(pick: random.Random, users: list[str], teams: list[str]) -> str:
    return pick.choice([
        f"user:{pick.choice(users)}", f"group:g{pick.randint(0, 2)}", f"role:{pick.choice(ROLES)}",
        f"project:{pick.choice(teams)}", "everyone",
    ])  # fmt: skip


def _dataset(pick: random.Random, users: list[str], project: str, name: str) -> str:
    owner = f", owner: {pick.choice(users)}" if pick.random() < 0.7 else ""
    rounded = pick.choice(["", ", round: 5"])
    floor = f", protect: {{min_cell: {pick.randint(2, 9)}{rounded}}}" if pick.random() < 0.3 else ""
    columns = ", ".join(f"{{name: c{i}, type: {t}}}" for i, t in enumerate(("string", "date", "integer")))
    return (
        f"{{kind: Dataset, project: {project}, name: {name}, from: {{file: x.csv}}, "
        f"sensitivity: {pick.choice(LEVELS)}, columns: [{columns}]{owner}{floor}}}"
    )


def _governance(
    pick: random.Random, users: list[str], teams: list[str], names: list[tuple[str, str]]
) -> list[str]:
    found = []
    for i, (project, name) in enumerate(names):
        to = _principal(pick, users, teams)
        if pick.random() < 0.6:
            share = f", share: [{{to: '{to}', access: {pick.choice(['read', 'edit'])}}}]"
            found.append(
                f"{{kind: Dashboard, project: {project}, name: b{i}, datasets: {{a: {name}}}, "
                f"rows: [[{{text: hi}}]]{'' if project.startswith('studio-') else share}}}"
            )
        if pick.random() < 0.5:
            found.append(_grant(pick, users, f"gr{i}", f"{project}/{name}", _principal(pick, users, teams)))
        if pick.random() < 0.4:
            masks = pick.choice(
                ["{c0: hash}", "{c0: redact, c1: year}", "{c2: 'round:10'}", "{c0: 'prefix:2'}"]
            )
            rows = pick.choice(["", ", rows: \"c0 = 'é\\u00a0x'\"", ', rows: "c2 > 3"'])
            found.append(
                f"{{kind: DataPolicy, name: dp{i}, datasets: [{project}/{name}], "
                f"to: ['{_principal(pick, users, teams)}'], columns: {masks}{rows}}}"
            )
    found.append("{kind: Network, name: hq, cidrs: [127.0.0.0/8, 10.0.0.0/8]}")
    found.append("{kind: Network, name: guest, cidrs: [203.0.113.0/24], sensitivity: public}")
    found.append(
        f"{{kind: Network, name: lab, cidrs: ['2001:db8::/32'], "
        f"applies_to: '{_principal(pick, users, teams)}'}}"
    )
    return found


def _grant(pick: random.Random, users: list[str], name: str, dataset: str, to: str) -> str:
    start = pick.choice(["", ", from: 2026-01-01", ", from: 2027-01-01"])
    end = (
        pick.choice(["", ", until: 2027-12-31"])
        if "2027" in start
        else pick.choice(["", ", until: 2026-12-31", ", until: 2026-09-28"])
    )
    asker, approver = pick.sample(users, 2)
    return (
        f"{{kind: Grant, name: {name}, dataset: {dataset}, to: '{to}', purpose: x, requested_by: {asker}, "
        f"approved_by: {approver}, status: {pick.choice(['approved'] * 3 + ['requested', 'revoked'])}, "
        f"actions: [{', '.join(pick.sample(['preview', 'export', 'use'], 2))}]{start}{end}}}"
    )


def random_requests(seed: int, space: Space, count: int) -> list[Request]:
    """Requests on what is there and what is not, by people who are there and who are not."""
    pick = random.Random(seed)
    users = [a.name for a in space.resources if a.kind == "user"] + ["nobody"]
    there = sorted({*space.resources, *space.datasets}, key=str)
    usual = [address for address in there if address.kind in USUAL]
    standing = people_of(space).standing
    return [_request(pick, users, usual if n % 3 else there, standing) for n in range(count)]


def _request(
    pick: random.Random,
    users: list[str],
    there: list[Address],
    standing: Mapping[str, Mapping[str, str]],
) -> Request:
    address = pick.choice(there)
    inside = sorted(u for u, projects in standing.items() if address.project in projects)
    actor = pick.choice(inside if inside and pick.random() < 0.7 else users)
    if pick.random() < 0.2:
        kind = pick.choice(["dataset", "dashboard", "dataflow", "test", "notebook"])
        address = Address(kind, f"p{pick.randint(0, 5)}", "new")
    elif pick.random() < 0.1:
        kind = pick.choice(["project", "user", "source", "catalog", "grant"])
        address = Address(kind, "", pick.choice(["new", f"studio-{actor}", "studio-u1"]))
    return Request(
        actor,
        pick.choice(USUAL.get(address.kind, ACTIONS) if pick.random() < 0.6 else ACTIONS),
        address,
        pick.choice(IPS),
        TODAY + datetime.timedelta(days=pick.choice([0, 0, 0, 1, 200, 900, -900])),
        pick.choice(["", "members", "all", "opening"]),
        pick.choice(["", "p0", "p1"]),
    )
