"""No permission comes from a fact that is lost or of another type: every fact of 200 refusals, one by one.

Rules look facts up by user, address and principal; the facts that can be looked up for a request are its
portion (engine/policy/portion.py). Every fact of every portion is lost and mistyped: in OPA with every
refusal, in the embedded engine too but for facts that many share. That no other fact of the space matters is
shown for what travels to the embedded engine, and tried in OPA.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import pytest
from opa_client.opa import OpaClient

from engine.adapters.embedded_rego import EmbeddedRego, rules
from engine.policy.answers import decisions_from, request_as_input
from engine.policy.compile import policy_data
from engine.policy.modules import one_module
from engine.policy.portion import facts_for
from tests.policy import mutations
from tests.policy.generated import random_requests, random_space
from tests.policy.opa import OpaProcess

COUNT = 200
PARTS = 3
"""Of the longest test, which workers share."""
BATCH = 5000
"""Cases in one question to the server."""
ROOT = "mutated"
HARNESS = f"""
package {ROOT}_harness

import rego.v1

# Each case is a request, the number of its facts, and a patch: which are refused, in plain words.
refused := [is_refused | some c in input.cases; is_refused := refuses(c)]

refuses(c) if {{
	patched := json.patch(data.{ROOT}_bases[c.base], c.patch)
	answer := data.{ROOT}.decide(c.request) with data.{ROOT}_facts as patched
	answer.allow == false
}} else := false
"""


class Refusal(NamedTuple):
    """A refused request of a generated space, and the facts that can be looked up for it."""

    data: dict[str, Any]
    asked: dict[str, str]
    portion: dict[str, Any]


@cache
def refusals() -> tuple[Refusal, ...]:
    """200 refused requests by people who exist, over generated spaces."""
    return tuple(_refusals(random.Random(700), COUNT))


def _refusals(pick: random.Random, count: int) -> Iterator[Refusal]:
    seed = 700
    while count:
        space, compiled = random_space(seed)
        data = policy_data(space, compiled)
        asked = [r for r in random_requests(seed, space, 60) if r.actor in data["users"] and ":" not in r.ip]
        decided = EmbeddedRego(data).decide_many(asked)
        refused = [request_as_input(r) for r, d in zip(asked, decided, strict=True) if not d.allow]
        for one in pick.sample(refused, min(20, len(refused), count)):
            count -= 1
            yield Refusal(data, one, facts_for(data, [one]))
        seed += 1


def both(value: Any, where: mutations.Where) -> tuple[Any, Any]:
    """The document without the fact, and with the fact of another type."""
    return mutations.without(value, where), mutations.mistyped(value, where)


def embedded_refuses(asked: Any, facts: Any) -> bool:
    """Whether the answer, read as the engine reads it, is a refusal."""
    answer = rules().answer({"requests": [asked], "facts": facts})
    (decision,) = decisions_from(answer, 1, facts.get("revision", ""))
    return not decision.allow


def is_shared(refusal: Refusal, where: mutations.Where) -> bool:
    """Whether a fact is neither about the actor or the resource, nor a right that the refusal looks up."""
    if where[0] != "roles":
        return where[0] in ("format", "levels", "networks", "revision", "space")
    kind = refusal.asked["resource"].partition("/")[0]
    looked_up = ("rights", kind, refusal.asked["action"])
    return any(one != other for one, other in zip(where[2:], looked_up, strict=False))


@pytest.mark.slow
def test_losing_or_mistyping_any_fact_of_a_refused_request_permits_nothing() -> None:
    assert len(refusals()) == COUNT
    for refusal in refusals():
        for where in mutations.facts(refusal.asked):
            for changed in both(refusal.asked, where):
                assert embedded_refuses(changed, refusal.portion), (refusal.asked, where)


def facts_to_try() -> Iterator[tuple[Refusal, mutations.Where]]:
    """Every fact of every portion; what many share (levels, networks, other rights of a role) just once."""
    tried = set[tuple[mutations.Where, str]]()
    for refusal in refusals():
        for where in mutations.facts(refusal.portion):
            fact = (where, repr(mutations.at(refusal.portion, where)))
            if not is_shared(refusal, where) or fact not in tried:
                tried.add(fact)
                yield refusal, where


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_losing_or_mistyping_any_fact_of_the_data_permits_nothing(part: int) -> None:
    for refusal, where in islice(facts_to_try(), part, None, PARTS):
        for changed in both(refusal.portion, where):
            assert embedded_refuses(refusal.asked, changed), (refusal.asked, where)


def test_no_other_fact_of_the_space_travels_with_the_request() -> None:
    for refusal in refusals()[::20]:
        for where in mutations.facts(refusal.data):
            if not has(refusal.portion, where):
                for changed in both(refusal.data, where):
                    assert facts_for(changed, [refusal.asked]) == refusal.portion, (refusal.asked, where)


def has(value: Any, where: mutations.Where) -> bool:
    """Whether anything stands at the place."""
    try:
        mutations.at(value, where)
    except (KeyError, IndexError):
        return False
    return True


@pytest.fixture
def harness(opa_server: OpaProcess) -> Iterator[OpaClient]:
    """The real modules in the server, and beside them one that asks them over patched facts."""
    client = OpaClient(host="127.0.0.1", port=opa_server.port, timeout=120)
    client.update_policy_from_string(one_module(ROOT), ROOT, rego_compat=False)
    client.update_policy_from_string(HARNESS, f"{ROOT}_harness", rego_compat=False)
    yield client
    client.delete_policy(f"{ROOT}_harness")
    client.delete_policy(ROOT)
    client.delete_data(f"{ROOT}_bases")


def patches(facts: Any) -> Iterator[dict[str, Any]]:
    """What loses and what mistypes each fact, as json patches."""
    for where in mutations.facts(facts):
        path = mutations.pointer(where)
        yield {"op": "remove", "path": path}
        yield {"op": "replace", "path": path, "value": mutations.other_type(mutations.at(facts, where))}


def all_refused(client: OpaClient, bases: Sequence[Any], cases: Iterator[dict[str, Any]]) -> int:
    """How many cases were asked; every one of them must be refused."""
    client.update_or_create_data({str(i): facts for i, facts in enumerate(bases)}, f"{ROOT}_bases")
    count = 0
    while part := list(islice(cases, BATCH)):
        answer = client.query_rule({"cases": part}, f"{ROOT}_harness", "refused")["result"]
        assert len(answer) == len(part)
        assert [case for case, refused in zip(part, answer, strict=True) if refused is not True] == []
        count += len(part)
    return count


@pytest.mark.opa
@pytest.mark.slow
def test_losing_or_mistyping_any_fact_in_an_opa_server_permits_nothing(harness: OpaClient) -> None:
    asked = [refusal.asked for refusal in refusals()]
    count = all_refused(
        harness,
        [refusal.portion for refusal in refusals()],
        (
            {"base": str(number), "request": refusal.asked, "patch": [patch]}
            for number, refusal in enumerate(refusals())
            for patch in patches(refusal.portion)
        ),
    )
    assert count == sum(2 * len(list(mutations.facts(refusal.portion))) for refusal in refusals())
    requests = (
        {"base": str(number), "request": changed, "patch": []}
        for number, one in enumerate(asked)
        for where in mutations.facts(one)
        for changed in both(one, where)
    )
    assert all_refused(harness, [refusal.portion for refusal in refusals()], requests) > 2 * 5 * COUNT - 1


@pytest.mark.opa
@pytest.mark.slow
def test_any_fact_of_a_whole_space_in_an_opa_server_permits_nothing(harness: OpaClient) -> None:
    chosen = refusals()[::40]
    cases = (
        {"base": str(number), "request": refusal.asked, "patch": [patch]}
        for number, refusal in enumerate(chosen)
        for patch in patches(refusal.data)
    )
    assert all_refused(harness, [refusal.data for refusal in chosen], cases) > 5_000


@pytest.mark.opa
def test_the_harness_tells_a_permission_from_a_refusal(harness: OpaClient) -> None:
    space, compiled = random_space(700)
    data = policy_data(space, compiled)
    asked = random_requests(700, space, 60)
    decided = EmbeddedRego(data).decide_many(asked)
    harness.update_or_create_data({"0": data}, f"{ROOT}_bases")
    cases = [{"base": "0", "request": request_as_input(r), "patch": []} for r in asked]
    answer = harness.query_rule({"cases": cases}, f"{ROOT}_harness", "refused")["result"]
    assert answer == [not decision.allow for decision in decided]
    assert {True, False} <= {*answer}
