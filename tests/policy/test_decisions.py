"""What decisions carry: allow, all reasons, the ways in, until when, and what must be done to the data."""

from __future__ import annotations

import datetime
import json

import pytest

from engine.addresses import Address
from engine.policy.compile import policy_data
from engine.policy.decision import Decision, Request
from tests.conftest import WriteSpace
from tests.policy.conftest import Engines
from tests.policy.generated import SHIPPED_ROLES
from tests.policy.spaces import space_of

TODAY = datetime.date(2026, 9, 28)
COLUMNS = "[{name: id, type: string}, {name: born, type: date}, {name: dep, type: string}]"
SPACE = f"""
{{kind: Space, name: s}}
---
{{kind: Network, name: office, cidrs: [127.0.0.0/8]}}
---
{{kind: User, name: ann, role: data-worker}}
---
{{kind: User, name: bob, role: data-worker}}
---
{{kind: User, name: leo, role: viewer}}
---
{{kind: User, name: pia, role: platform-manager}}
---
{{kind: Group, name: readers, members: [leo]}}
---
{{kind: Project, name: p, members: [ann]}}
---
{{kind: Project, name: q, members: [bob]}}
---
{{kind: Dataset, project: p, name: d, sensitivity: internal, from: {{file: x.csv}}, columns: {COLUMNS},
  protect: {{min_cell: 5, round: 3}}}}
---
{{kind: Dataset, project: p, name: e, sensitivity: internal, from: {{file: y.csv}}, columns: {COLUMNS},
  protect: {{min_cell: 2, round: 10}}}}
---
{{kind: CatalogEntry, name: d, dataset: p/d, access: open}}
---
{{kind: CatalogEntry, name: asked, dataset: p/d, access: on-request}}
---
{{kind: Dashboard, project: p, name: page, datasets: {{a: d, b: e}}, rows: [[{{text: hi}}]], min_cell: 7,
  share: [{{to: leo}}, {{to: group:readers}}]}}
---
{{kind: DataPolicy, name: hide, datasets: [p/d], to: [bob, leo], rows: "dep = '75'", columns: {{id: hash}}}}
"""
PLACED = ("{kind: Space,", "{kind: Dataset,", "{kind: Dashboard,")
"""Documents that stand in files of their own."""


def grant(name: str, until: str, actions: str = "[use]") -> str:
    return (
        f"---\n{{kind: Grant, name: {name}, dataset: catalog/asked, to: bob, actions: {actions}, purpose: x, "
        f"requested_by: bob, approved_by: pia, status: approved, until: {until}}}\n"
    )


def decided(engines: Engines, actor: str, action: str, on: str, more: str = "") -> Decision:
    data = policy_data(*space_of(f"{SHIPPED_ROLES}\n---\n{SPACE}{more}"))
    return engines(data).decide(Request(actor, action, Address.parse(on), "127.0.0.1", TODAY))


def test_a_decision_carries_every_way_in_and_a_reason_for_each(engines: Engines) -> None:
    decision = decided(engines, "ann", "use", "catalog/d")
    assert decision.allow
    assert decision.via == ("project:p", "role:data-worker")
    assert decision.reasons == (
        "ann belongs to project p, which owns the dataset, as member",
        "network office covers the caller's address",
        "the entry is open and clearance of ann covers level internal",
    )


def test_a_refusal_carries_every_reason_against_it(engines: Engines) -> None:
    decision = decided(engines, "bob", "use", "catalog/asked", grant("old", "2026-01-31"))
    assert decision == Decision(
        False,
        (
            "bob is not a member of project p",
            "grant old ended on 2026-01-31",
            "the entry is open on request only",
        ),
    )


def test_a_share_is_a_way_in_each_by_its_own_principal(engines: Engines) -> None:
    decision = decided(engines, "leo", "read", "dashboard/p/page")
    assert decision.via == ("role:viewer", "share:group:readers", "share:user:leo")


def test_a_grant_is_a_way_in_and_says_until_when(engines: Engines) -> None:
    decision = decided(engines, "bob", "use", "catalog/asked", grant("g", "2026-12-31"))
    assert decision.via == ("grant:g", "role:data-worker")
    assert decision.valid_until == "2026-12-31"


def test_access_lasts_as_long_as_its_longest_way_in(engines: Engines) -> None:
    more = grant("g", "2026-12-31") + grant("h", "2027-06-30") + grant("i", "2028-06-30", "[preview]")
    assert decided(engines, "bob", "use", "catalog/asked", more).valid_until == "2027-06-30"
    assert decided(engines, "ann", "use", "catalog/asked", more).valid_until is None


def test_columns_are_an_allow_list_with_masks_and_row_filters_are_data(engines: Engines) -> None:
    narrowed = decided(engines, "bob", "use", "catalog/d").obligations
    assert narrowed.columns == {"id": "hash", "born": "clear", "dep": "clear"}
    assert narrowed.rows == ("dep = '75'",)
    whole = decided(engines, "ann", "use", "catalog/d").obligations
    assert set(whole.columns.values()) == {"clear"}
    assert whole.rows == ()


def test_the_smallest_cell_and_rounding_are_the_datasets_and_the_highest_of_a_pages(engines: Engines) -> None:
    dataset = decided(engines, "ann", "use", "dataset/p/d").obligations
    assert (dataset.min_cell, dataset.rounding) == (5, 3)
    page = decided(engines, "leo", "read", "dashboard/p/page")
    assert (page.obligations.min_cell, page.obligations.rounding) == (7, 10)
    behind = {d.name: (o.min_cell, o.rounding, o.rows) for d, o in page.datasets.items()}
    assert behind == {"d": (5, 3, ("dep = '75'",)), "e": (2, 10, ())}


def test_a_refusal_carries_no_obligations_and_nothing_of_the_data(engines: Engines) -> None:
    decision = decided(engines, "leo", "use", "dataset/p/d")
    assert (decision.via, decision.valid_until, decision.datasets) == ((), None, {})
    assert decision.obligations.columns == {}


@pytest.mark.slow
def test_can_prints_all_of_it_as_json_also_for_what_is_made_of_a_dataset(write_space: WriteSpace) -> None:
    flow = "kind: Dataflow\nname: f\ninputs: {t: d}\nsteps:\n  - {output: out, sql: select * from t}\n"
    documents = SPACE.replace("[p/d]", "[p/d, p/out]").split("---\n")
    (dataset,) = (d for d in documents if "name: d, sensitivity" in d)
    others = [d for d in documents if not d.strip().startswith(PLACED)]
    cli = write_space({
        "specs/space.yaml": "kind: Space\nname: s\n",
        "specs/policies/roles.yaml": SHIPPED_ROLES,
        "specs/policies/all.yaml": "---\n".join(others) + grant("g", "2026-12-31"),
        "specs/projects/p/datasets/d.yaml": dataset.replace("x.csv", "../../../data/x.csv"),
        "specs/projects/p/dataflows/f.yaml": flow,
        "specs/data/x.csv": "id,born,dep\n1,1990-01-01,75\n",
    })  # fmt: skip
    cli.ok("apply", "--yes", "--now", TODAY.isoformat())
    said = json.loads(
        cli.ok("can", "bob", "use", "catalog/asked", "--now", TODAY.isoformat(), "--format", "json")
    )
    assert said == {
        "allow": True,
        "reasons": ["grant g gives use to user:bob", "network office covers the caller's address"],
        "via": ["grant:g", "role:data-worker"],
        "obligations": {
            "columns": {"id": "hash", "born": "clear", "dep": "clear"},
            "rows": ["dep = '75'"],
            "min_cell": 5,
            "rounding": 3,
        },
        "valid_until": "2026-12-31",
    }
    made = json.loads(cli.ok("can", "ann", "use", "p/out", "--now", TODAY.isoformat(), "--format", "json"))
    assert (made["obligations"]["min_cell"], made["obligations"]["rounding"]) == (5, 3)
