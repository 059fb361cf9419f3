"""Who gains and who loses what, in every plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.adapters.embedded_rego import EmbeddedRego
from engine.addresses import Address
from engine.policy.classes import Classes
from engine.policy.compile import policy_data
from engine.policy.decision import Request
from engine.policy.sight import DATA_ACTIONS, PAGE_ACTIONS
from engine.policy.words import action_words, duty_words
from engine.ports import PolicyEngine
from engine.usecases.access import Governed, access_changes
from tests.policy.generated import TODAY, random_space
from tests.policy.large import large_space


def governed(*arguments: Any, **options: Any) -> Governed:
    space, compiled = random_space(*arguments, **{"people": 8, "projects": 3, "datasets": 7, **options})
    return Governed(space, compiled, policy_data(space, compiled))


def one_by_one(side: Governed) -> dict[tuple[str, Address], tuple[str, ...]]:
    """What everyone may do, every pair asked on its own."""
    data = side.policy_data
    engine, places = EmbeddedRego(data), Classes(data).places
    found = {}
    for text, facts in data["resources"].items():
        if facts["kind"] not in ("dataset", "dashboard"):
            continue
        doors = [text, *(e for e, entry in data["entries"].items() if entry["dataset"] == text)]
        actions = PAGE_ACTIONS if facts["kind"] == "dashboard" else DATA_ACTIONS
        for user in data["users"]:
            asked = [
                [Request(user, action, Address.parse(door), places[user][1], TODAY) for action in actions]
                for door in doors
            ]
            answers = [
                {r.action: d for r, d in zip(requests, engine.decide_many(requests), strict=True) if d.allow}
                for requests in asked
            ]
            found[f"user:{user}", Address.parse(text)] = (*action_words(answers), *duty_words(answers))
    return {pair: words for pair, words in found.items() if words}


@pytest.mark.parametrize("seed", range(4))
def test_deciding_by_class_tells_what_deciding_every_pair_tells(seed: int) -> None:
    after = governed(seed)
    told = access_changes(None, after, EmbeddedRego, TODAY)
    assert {(c.principal, c.dataset): c.after for c in told} == one_by_one(after)
    assert all(change.before == () for change in told)


@pytest.mark.parametrize("seed", range(2))
def test_a_change_of_everything_tells_exactly_what_differs(seed: int) -> None:
    before, after = governed(seed), governed(seed + 100)
    was, will = one_by_one(before), one_by_one(after)
    told = {
        (c.principal, c.dataset): (c.before, c.after)
        for c in access_changes(before, after, EmbeddedRego, TODAY)
    }
    assert told == {
        pair: (was.get(pair, ()), will.get(pair, ()))
        for pair in {*was, *will}
        if was.get(pair) != will.get(pair)
    }


def test_equal_policy_data_start_no_engine() -> None:
    def no_engine(data: Mapping[str, Any]) -> PolicyEngine:
        raise AssertionError("nothing differs")

    assert access_changes(governed(1), governed(1), no_engine, TODAY) == ()


def test_every_change_names_the_line_it_comes_from() -> None:
    changes = access_changes(None, governed(3), EmbeddedRego, TODAY)
    assert changes
    assert all(any(".yaml:" in line for line in change.why) for change in changes)


@pytest.mark.slow
def test_five_hundred_people_and_a_thousand_datasets_are_told_pair_by_pair() -> None:
    after = Governed(*(made := large_space()), policy_data(*made))
    more = Governed(*(made := large_space(extra_member="u499")), policy_data(*made))
    assert len(access_changes(None, after, EmbeddedRego, TODAY)) > 100_000
    changes = access_changes(after, more, EmbeddedRego, TODAY)
    assert {change.principal for change in changes} == {"user:u499"}
