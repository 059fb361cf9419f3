"""Of several masks on a column the strongest holds, in both engines."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest

from engine.addresses import Address
from engine.policy.compile import policy_data
from engine.policy.decision import Request
from engine.policy.masks import strength
from tests.policy.conftest import Engines
from tests.policy.generated import SHIPPED_ROLES
from tests.policy.spaces import space_of

STRONGEST_FIRST = ["null", "redact", "hash", "year", "round:1000000", "round:10", "prefix:1", "prefix:4"]

SPACE = """
{{kind: Space, name: s}}
---
{{kind: Network, name: n, cidrs: [127.0.0.0/8]}}
---
{{kind: User, name: ann, role: data-worker}}
---
{{kind: Group, name: one, members: [ann]}}
---
{{kind: Project, name: p, members: [ann]}}
---
{{kind: Dataset, project: p, name: d, from: {{file: x.csv}}, protect: {{min_cell: 7, round: 5}}, columns: [
  {{name: a, type: string}}, {{name: b, type: string}}]}}
---
{{kind: DataPolicy, name: weak, datasets: [p/d], to: group:one, columns: {{a: "{weak}"}}, rows: "a = '1'"}}
---
{{kind: DataPolicy, name: strong, datasets: [p/d], to: everyone, columns: {{a: "{strong}"}}, rows: "b = '2'"}}
---
{{kind: DataPolicy, name: of-others, datasets: [p/d], to: role:viewer, columns: {{b: redact}}, rows: "false"}}
"""


def test_the_order_of_masks_is_total() -> None:
    strengths = [strength(mask) for mask in STRONGEST_FIRST]
    assert strengths == sorted(set(strengths), reverse=True)


@pytest.mark.parametrize(("strong", "weak"), list(pairwise(STRONGEST_FIRST)))
def test_the_strongest_mask_holds_and_rows_are_all_kept(engines: Engines, strong: str, weak: str) -> None:
    space, compiled = space_of(f"{SHIPPED_ROLES}\n---\n{SPACE.format(strong=strong, weak=weak)}")
    request = Request("ann", "use", Address.parse("dataset/p/d"), "127.0.0.1", datetime.date(2026, 9, 28))
    decision = engines(policy_data(space, compiled)).decide(request)
    assert decision.allow
    assert decision.obligations.columns == {"a": strong, "b": "clear"}
    assert decision.obligations.rows == ("a = '1'", "b = '2'")
    assert decision.obligations.min_cell == 7
    assert decision.obligations.rounding == 5
