"""Open requests, grants near their end, and who approved."""

from __future__ import annotations

import datetime

import pytest

from engine.addresses import Address
from engine.diagnostics import Diagnostic
from engine.policy.gates import Governance
from engine.policy.gates_applications import application_gates
from tests.gates.spaces import BASE, NOW, governed
from tests.policy.conftest import Engines, engines, opa, opa_server

__all__ = ["engines", "opa", "opa_server"]
G = Address.parse("grant/g")
REQUEST = "kind: Grant\nname: g\ndataset: catalog/deep\nto: project:p\nactions: [use]\npurpose: Work\n"
ASKED = REQUEST + "requested_by: romain\nuntil: 2026-12-31\n"


def told(
    text: str, engines: Engines, before: Governance | None = None, changed: bool = True
) -> list[Diagnostic]:
    found = application_gates(before, governed(text), {G} if changed else (), engines, NOW)
    return list(found)


def test_an_open_request_names_everyone_who_may_approve_it(engines: Engines) -> None:
    (found,) = told(ASKED, engines)
    assert (found.severity, found.code, found.span.line) == ("warning", "open-request", 1)
    assert "romain requests use on catalog/deep for project:p: olga, sophie may approve it" in found.summary


def test_whoever_requests_is_not_among_those_who_may_approve(engines: Engines) -> None:
    (found,) = told(REQUEST + "requested_by: olga\n", engines)
    assert "sophie may approve it" in found.summary
    assert "olga, " not in found.summary


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2026-11-23", "grant-expired"),
        ("2026-11-24", "grant-expiring"),
        ("2026-12-24", "grant-expiring"),
        ("2026-12-25", None),
    ],
)
def test_a_grant_is_reported_from_30_days_before_its_end(
    until: str, code: str | None, engines: Engines
) -> None:
    text = REQUEST + f"requested_by: romain\napproved_by: olga\nstatus: approved\nuntil: {until}\n"
    found = told(text, engines)
    assert [d.code for d in found] == ([code] if code else [])
    for diagnostic in found:
        assert diagnostic.severity == "warning"
        assert until in diagnostic.summary
        assert diagnostic.span.line == 10


def approved(by: str) -> str:
    return REQUEST + f"requested_by: romain\napproved_by: {by}\nstatus: approved\nuntil: 2027-12-31\n"


def test_a_grant_is_approved_by_the_owner_or_by_a_platform_manager(engines: Engines) -> None:
    assert told(approved("olga"), engines) == []
    assert told(approved("sophie"), engines) == []
    (found,) = told(approved("marie"), engines)
    assert (found.severity, found.code, found.span.line) == ("error", "grant-approver", 8)


def test_becoming_the_owner_in_the_same_plan_does_not_make_an_approver(engines: Engines) -> None:
    planned = governed(approved("marie"), BASE.replace("owner: olga", "owner: marie"))
    found = application_gates(governed(), planned, {G}, engines, NOW)
    assert [d.code for d in found] == ["grant-approver"]
    assert application_gates(None, planned, {G}, engines, NOW) == ()


def test_an_old_grant_goes_on_and_tells_that_its_approver_may_not_approve_any_more(engines: Engines) -> None:
    (found,) = told(approved("marie"), engines, changed=False)
    assert (found.severity, found.code, found.span.line) == ("warning", "grant-approver", 8)
    assert "marie approved grant g and may not approve it any more." in found.summary
    assert told(approved("olga"), engines, changed=False) == []
    assert told(approved("sophie"), engines, changed=False) == []


def test_an_old_grant_by_somebody_who_is_gone_has_to_be_answered_for_anew() -> None:
    with pytest.raises(AssertionError, match="unknown-user"):
        governed(approved("olga").replace("olga", "olaf"))


ALONE = (
    "---\n{kind: Group, name: alone, members: ['group:inner']}\n"
    "---\n{kind: Group, name: inner, members: [olga]}\n"
)


@pytest.mark.parametrize("to", ["user:olga", "group:alone", "group:inner"])
def test_nobody_approves_what_is_for_them_alone_in_whatever_form(to: str, engines: Engines) -> None:
    text = approved("olga").replace("project:p", to) + ALONE
    assert [(d.severity, d.code) for d in told(text, engines)] == [("error", "grant-approver")]
    assert told(text.replace("approved_by: olga", "approved_by: sophie"), engines) == []
    (request,) = told(ASKED.replace("project:p", to) + ALONE, engines)
    assert request.summary.endswith(": sophie may approve it.")


def test_whoever_approves_for_themselves_among_others_is_told_of(engines: Engines) -> None:
    text = approved("olga").replace("project:p", "group:both")
    text += "---\n{kind: Group, name: both, members: [olga, romain]}\n"
    (found,) = told(text, engines)
    assert (found.severity, found.code, found.span.line) == ("warning", "grant-for-approver", 8)
    assert told(text.replace("[olga, romain]", "[marie, romain]"), engines) == []


def test_a_space_without_open_requests_asks_no_engine() -> None:
    def none(_data: object) -> None:
        raise AssertionError("nothing is to be decided")

    text = approved("olga")
    assert application_gates(None, governed(text), (), none, datetime.date(2026, 1, 1)) == ()  # type: ignore[arg-type]
