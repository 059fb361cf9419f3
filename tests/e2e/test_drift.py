"""A plan says what of the world is not as the last apply left it, and the next apply repairs it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.adapters.site_folder import SiteFolder
from tests.conftest import Cli, lacking
from tests.e2e.inside import Inside, copied
from tests.e2e.small_space import FILES, change
from tests.policy.opa import OpaProcess, opa_binary

SPACE = "space/test"


def written(folder: Path, space: str) -> Inside:
    """The small space in a folder, its Space document given, applied."""
    for name, text in {**FILES, "specs/space.yaml": space}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    cli = Inside(folder)
    cli.ok("apply", "--yes")
    return cli


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small space, applied. Read only."""
    return written(tmp_path_factory.mktemp("drift") / "space", "kind: Space\nname: test\n").folder


@pytest.fixture
def cli(applied: Path, tmp_path: Path) -> Inside:
    """The command line in a private copy of the applied small space."""
    return copied(applied, tmp_path / "space")


def planned(cli: Cli, *more: str) -> dict[str, list[str]]:
    """Address to action and reasons of every change."""
    plan = json.loads(cli.ok("plan", "--format", "json", *more))
    return {c["address"]: [c["action"], *c["reasons"]] for c in plan["changes"]}


def version_file(cli: Cli, dataset: str) -> Path:
    (file,) = (cli.folder / ".dataspace/versions").glob(f"p/{dataset}/*.parquet")
    return file


def removed(cli: Cli) -> None:
    version_file(cli, "a").unlink()


def cut_short(cli: Cli) -> None:
    file = version_file(cli, "a")
    file.write_bytes(file.read_bytes()[:-1])


def altered_at_equal_size(cli: Cli) -> None:
    file = version_file(cli, "a")
    content = file.read_bytes()
    assert b"a@x.org" in content
    file.write_bytes(content.replace(b"a@x.org", b"z@x.org"))


@pytest.mark.parametrize("harm", [removed, cut_short, altered_at_equal_size])
def test_a_missing_or_altered_version_is_told_and_made_again(
    cli: Inside, harm: Callable[[Cli], None]
) -> None:
    whole = version_file(cli, "a").read_bytes()
    assert planned(cli) == {}
    harm(cli)
    reason = "its file is missing from the store, or is not as it was written"
    assert planned(cli) == {"dataset/p/a": ["rebuild", reason]}
    assert planned(cli, "--no-refresh") == {}
    refused = cli("query", "select * from p.a", "--as", "ana")
    assert (refused.returncode, "missing or damaged" in refused.stderr) == (1, True)
    cli.ok("apply", "--yes")
    assert version_file(cli, "a").read_bytes() == whole
    assert planned(cli) == {}
    assert "a@x.org" in cli.ok("query", "select * from p.a", "--as", "ana")


def test_a_version_that_was_only_touched_is_no_drift(cli: Inside) -> None:
    os.utime(version_file(cli, "a"), (1, 1))
    assert planned(cli) == {}


def test_pages_that_another_version_of_the_engine_drew_are_told_and_drawn_again(cli: Inside) -> None:
    store = cli.folder / ".dataspace"
    tree = store / "site/prod"
    files = (path for path in tree.resolve().rglob("*") if path.is_file())
    pages = {str(path.relative_to(tree.resolve())): path.read_bytes() for path in files}
    assert SiteFolder(store, "another version").publish("prod", pages) == tree.resolve().name
    assert planned(cli) == {SPACE: ["re-point", "another version of the engine drew the published pages"]}
    assert planned(cli, "--no-refresh") == {}
    cli.ok("apply", "--yes")
    assert planned(cli) == {}


@pytest.mark.parametrize("harm", [Path.unlink, lambda page: page.write_bytes(b"defaced")])
def test_a_page_that_was_altered_or_removed_is_told_and_drawn_again(
    cli: Inside, harm: Callable[[Path], Any]
) -> None:
    page = cli.folder / ".dataspace/site/prod/index.html"
    harm(page)
    assert planned(cli) == {SPACE: ["re-point", "the published pages are not those of the last apply"]}
    assert planned(cli, "--no-refresh") == {}
    change(cli, "specs/projects/p/dataflows/flow.yaml", "id + 1", "id + 2")
    assert [*planned(cli)] == ["dataset/p/c", SPACE]
    cli.ok("apply", "--yes")
    assert page.read_bytes().startswith(b"<!doctype html>")
    assert planned(cli) == {}


@pytest.mark.parametrize("text", ["compiled", "snapshot", "policy"])
@pytest.mark.parametrize("harm", ["delete from documents", "update documents set text = '{\"format\": 0}'"])
def test_a_damaged_record_is_told_and_made_anew(cli: Inside, text: str, harm: str) -> None:
    with sqlite3.connect(cli.folder / ".dataspace/state.db") as state:
        state.execute(f"{harm} where digest = (select {text} from environments where name = 'prod')")
    state.close()
    assert cli("query", "select * from p.a", "--as", "ana").returncode == 1
    reason = "the record of the last apply is damaged, or another version of the engine wrote it"
    assert planned(cli) == {SPACE: ["re-point", reason]}
    assert planned(cli, "--no-refresh") == {}
    change(cli, "specs/projects/p/project.yaml", "name: p\n", "name: p\ntitle: Another\n")
    assert {*planned(cli)} == {"project/p", SPACE}
    cli.ok("apply", "--yes")
    assert planned(cli) == {}
    assert "a@x.org" in cli.ok("query", "select * from p.a", "--as", "ana")


@pytest.fixture(scope="module")
def opa() -> Iterator[OpaProcess]:
    """An OPA server of this module's own: its tests break it."""
    binary = opa_binary()
    if binary is None:
        lacking("OPA")
    process = OpaProcess(str(binary)).start()
    yield process
    process.stop()


@pytest.fixture
def server(opa: OpaProcess) -> Iterator[httpx.Client]:
    """A client of the server, which is empty before and after."""
    with httpx.Client(base_url=opa.url) as client:
        yield client
        for policy in client.get("/v1/policies").json()["result"]:
            client.delete(f"/v1/policies/{policy['id']}")
        for name in client.get("/v1/data").json()["result"]:
            client.delete(f"/v1/data/{name}")


def root_of(server: httpx.Client) -> str:
    """The name under which the space's policy is kept there."""
    (root,) = (policy["id"] for policy in server.get("/v1/policies").json()["result"])
    return str(root)


def readers(cli: Cli) -> list[str]:
    """The lines of the published page on access, but for the run and when it was."""
    page = (cli.folder / ".dataspace/site/prod/access/index.html").read_text(encoding="utf-8")
    return [line for line in page.splitlines() if "prod-0" not in line and "<time" not in line]


def rules_removed(server: httpx.Client) -> str:
    server.delete(f"/v1/policies/{root_of(server)}")
    return "does not hold the policy"


def rules_altered(server: httpx.Client) -> str:
    root = root_of(server)
    text = server.get(f"/v1/policies/{root}").json()["result"]["raw"]
    server.put(f"/v1/policies/{root}", content=f"{text}\nextra := true\n").raise_for_status()
    return "holds other rules"


def rules_added(server: httpx.Client) -> str:
    package = f"package {root_of(server)}\n\nextra := true\n"
    server.put("/v1/policies/stranger", content=package).raise_for_status()
    return "holds rules of others beside the policy's"


def data_altered(server: httpx.Client) -> str:
    path = f"/v1/data/{root_of(server)}_facts"
    facts = server.get(path).json()["result"]
    server.put(path, json={**facts, "users": {}}).raise_for_status()
    return "holds other policy data"


@pytest.mark.opa
@pytest.mark.parametrize("harm", [rules_removed, rules_altered, rules_added, data_altered])
def test_policies_altered_in_an_opa_server_are_told_and_pushed_again(
    tmp_path: Path, opa: OpaProcess, server: httpx.Client, harm: Callable[[httpx.Client], str]
) -> None:
    cli = written(tmp_path, f"kind: Space\nname: test\npolicy: {{engine: opa, url: '{opa.url}'}}\n")
    assert planned(cli) == {}
    root = root_of(server)
    difference = harm(server)
    assert planned(cli) == {SPACE: ["re-point", f"the policy server {difference}"]}
    assert planned(cli, "--no-refresh") == {}
    before = readers(cli)
    cli.ok("apply", "--yes")
    assert planned(cli) == {}
    assert readers(cli) == before, "no page is drawn by an altered policy"
    assert root_of(server) == root
    assert json.loads(cli.ok("can", "ana", "use", "dataset/p/a", "--format", "json"))["allow"]


@pytest.mark.opa
def test_an_apply_pushes_the_policy_it_publishes_and_drops_the_one_before(
    tmp_path: Path, opa: OpaProcess, server: httpx.Client
) -> None:
    cli = written(tmp_path, f"kind: Space\nname: test\npolicy: {{engine: opa, url: '{opa.url}'}}\n")
    before = root_of(server)
    change(cli, "specs/projects/p/project.yaml", "members: [ana]", "members: []")
    cli.ok("apply", "--yes")
    assert root_of(server) != before
    cli.ok("policy", "push")
    assert planned(cli) == {}


def test_a_plan_tells_who_loses_access_though_the_policy_server_is_away(tmp_path: Path) -> None:
    cli = written(tmp_path, "kind: Space\nname: test\n")
    address = "http://127.0.0.1:9"  # the port of `discard`: nobody listens there
    settings = f"kind: Space\nname: test\npolicy: {{engine: opa, url: '{address}'}}\n"
    (tmp_path / "specs/space.yaml").write_text(settings, encoding="utf-8")
    change(cli, "specs/projects/p/project.yaml", "members: [ana]", "members: []")
    refused = cli("plan")
    assert refused.returncode == 1
    assert f"the policy server at {address} cannot be reached" in refused.stderr
    assert "`engine plan --no-refresh` does not look there" in refused.stderr
    plan = json.loads(cli.ok("plan", "--no-refresh", "--format", "json"))
    lost = {(a["principal"], a["dataset"]) for a in plan["access"] if not a["after"]}
    assert ("user:ana", "dataset/p/a") in lost
    assert all(a["before"] for a in plan["access"])
