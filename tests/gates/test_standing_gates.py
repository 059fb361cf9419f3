"""What no space may hold, and what its people should know, each at its line."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic
from engine.policy.gates import standing_gates
from tests.gates.spaces import governed

GRANT = "kind: Grant\nname: g\ndataset: catalog/{entry}\nto: user:romain\nactions: [use]\npurpose: Work\n"
PAGE = "kind: Dashboard\nproject: p\nname: page\ndatasets: {{d: {dataset}}}\nrows: [[{{table: d}}]]\nshare:\n"


def told(more: str) -> list[Diagnostic]:
    return list(standing_gates(governed(more)))


def page(dataset: str, *shares: str) -> list[Diagnostic]:
    return told(PAGE.format(dataset=dataset) + "".join(f"  - {share}\n" for share in shares))


def test_a_space_that_keeps_the_rules_is_told_nothing() -> None:
    assert told("") == []


@pytest.mark.parametrize(
    "cidrs",
    [
        "[10.0.0.0/8, 0.0.0.0/0]",
        "[10.0.0.0/8, '::/0']",
        "[0.0.0.0/1, 128.0.0.0/1]",
        "['::ffff:0:0/96', 10.0.0.0/8]",
        "['2000::/3']",
        "['2000::/4', '3000::/4']",
    ],
)
def test_a_network_that_is_the_whole_internet_reaches_public_data_only(cidrs: str) -> None:
    network = f"kind: Network\nname: world\ncidrs: {cidrs}\n"
    (found,) = told(network)
    assert (found.severity, found.code, found.span.line) == ("error", "open-network", 3)
    assert "sensitivity: public" in found.detail
    assert told(network + "sensitivity: public\n") == []
    assert [d.code for d in told(network + "sensitivity: internal\n")] == ["open-network"]


@pytest.mark.parametrize("cidrs", ["[0.0.0.0/1]", "[0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/3]", "['fc00::/7']"])
def test_a_network_that_leaves_a_part_of_the_internet_out_is_no_open_network(cidrs: str) -> None:
    assert told(f"kind: Network\nname: half\ncidrs: {cidrs}\n") == []


def test_an_approved_grant_above_internal_says_until_when() -> None:
    approved = "requested_by: romain\napproved_by: olga\nstatus: approved\n"
    (found,) = told(GRANT.format(entry="deep") + approved)
    assert (found.severity, found.code, found.span.file) == ("error", "grant-without-end", "specs/more.yaml")
    assert told(GRANT.format(entry="deep") + approved + "until: 2027-01-01\n") == []
    assert told(GRANT.format(entry="inner") + approved) == []
    assert told(GRANT.format(entry="deep") + "requested_by: romain\n") == []


def test_only_a_public_page_is_shared_with_everyone() -> None:
    (found,) = page("inner", "{to: everyone}")
    assert (found.severity, found.code, found.span.line) == ("error", "shared-with-everyone", 7)
    assert "dataset/p/inner is internal" in found.summary
    assert page("open", "{to: everyone}") == []


def test_one_dataset_above_public_is_enough_to_keep_everyone_out() -> None:
    text = PAGE.format(dataset="open").replace("{d: open}", "{d: open, e: inner}") + "  - {to: everyone}\n"
    assert [d.code for d in told(text)] == ["shared-with-everyone"]


def test_a_share_above_clearance_lists_the_people_it_names() -> None:
    (found,) = page("inner", "{to: group:readers}")
    assert (found.severity, found.code) == ("warning", "share-above-clearance")
    assert "leo, marie" in found.summary
    assert page("open", "{to: group:readers}") == []
    assert page("inner", "{to: olga}") == []
    assert [d.code for d in page("deep", "{to: olga}")] == ["share-above-clearance"]


def test_a_share_to_edit_warns_of_those_whose_role_cannot_edit() -> None:
    found = page("open", "{to: group:readers, access: edit}", "{to: olga, access: edit}")
    assert [(d.severity, d.code, d.span.line) for d in found] == [("warning", "share-reads-only", 7)]
    assert "leo, marie" in found[0].summary


def test_a_space_with_levels_of_its_own_counts_from_its_second() -> None:
    base = "kind: Space\nname: test\nsensitivity: [free, house, patient]\n"
    rest = """\
{kind: Role, name: worker, clearance: house}
---
{kind: User, name: ann, role: worker}
---
{kind: User, name: bob, role: worker}
---
{kind: Project, name: p}
---
{kind: Dataset, project: p, name: d, sensitivity: LEVEL, from: {file: d}, columns: [{name: a, type: string}]}
---
{kind: CatalogEntry, name: d, dataset: p/d}
---
kind: Grant
name: g
dataset: catalog/d
to: ann
actions: [use]
purpose: Work
requested_by: ann
approved_by: bob
status: approved
"""
    for level, codes in (("patient", ["grant-without-end"]), ("house", []), ("free", [])):
        governance = governed(rest.replace("LEVEL", level), base, roles="")
        assert [d.code for d in standing_gates(governance)] == codes
