"""`engine request`: an application becomes a file, a plan lists it, an approval opens the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gates.conftest import Space

NOW = ("--now", "2026-11-24")
ASK = (
    "request",
    "catalog/deep",
    "--to",
    "project:p",
    "--purpose",
    "Planning",
    "--until",
    "2027-06-30",
    "--yes",
)


def grants(space: Space) -> set[str]:
    return {path.name for path in (space.folder / "specs/policies/grants").iterdir()}


def test_an_application_is_written_planned_approved_and_opens_the_data(space: Space) -> None:
    cli = space.cli
    before = grants(space)
    said = json.loads(cli.ok(*ASK, "--as", "mona", *NOW, "--yes", "--format", "json"))
    path = "specs/policies/grants/p-deep.yaml"
    assert said == {
        "grant": "grant/p-deep",
        "dataset": "catalog/deep",
        "status": "requested",
        "path": path,
        "approvers": ["olga", "pia", "sophie"],
    }
    assert grants(space) == before | {"p-deep.yaml"}
    assert (cli.folder / path).read_text(encoding="utf-8") == (
        "kind: Grant\nname: p-deep\ndataset: catalog/deep\nto: project:p\nactions: [preview, use]\n"
        'purpose: "Planning"\nuntil: 2027-06-30\nrequested_by: mona\nstatus: requested\n'
    )
    plan = json.loads(cli.ok("plan", "--actor", "mona", *NOW, "--format", "json"))
    assert [(c["action"], c["address"]) for c in plan["changes"]] == [("create", "grant/p-deep")]
    assert plan["access"] == []
    (open_request,) = [d for d in plan["diagnostics"] if d["file"] == path]
    assert "olga, pia, sophie may approve it" in open_request["summary"]
    cli.ok("apply", "--yes", "--actor", "mona", *NOW)
    assert cli("can", "romain", "use", "catalog/deep", *NOW).returncode == 1

    space.change("policies/grants/p-deep.yaml", "status: requested", "status: approved\napproved_by: olga")
    assert cli("plan", "--actor", "mona", *NOW).returncode == 1
    approved = json.loads(cli.ok("plan", "--actor", "olga", *NOW, "--format", "json"))
    assert {a["principal"] for a in approved["access"]} == {"user:mona", "user:romain", "user:sophie"}
    cli.ok("apply", "--yes", "--actor", "olga", *NOW)
    decision = json.loads(cli.ok("can", "romain", "use", "catalog/deep", *NOW, "--format", "json"))
    assert decision["valid_until"] == "2027-06-30"
    assert "grant:p-deep" in decision["via"]
    assert cli("can", "romain", "use", "catalog/deep", "--now", "2027-07-01").returncode == 1


def test_the_form_that_entry_pages_print_asks_for_oneself(space: Space) -> None:
    said = space.cli.ok(
        "request", "catalog/open", "--as", "romain", "--actions", "preview,use", "--purpose", "...", "--yes"
    )
    assert "specs/policies/grants/romain-open.yaml" in said
    assert "pull request" in said
    text = (space.folder / "specs/policies/grants/romain-open.yaml").read_text(encoding="utf-8")
    assert "to: user:romain" in text
    assert "until" not in text


def test_whoever_it_is_for_alone_is_not_among_those_who_may_approve_it(space: Space) -> None:
    words = [word.replace("project:p", "pia") for word in ASK]
    said = json.loads(space.cli.ok(*words, "--as", "mona", *NOW, "--format", "json"))
    assert said["approvers"] == ["olga", "sophie"]


def test_nothing_is_overwritten_and_the_same_is_not_asked_twice(space: Space) -> None:
    space.cli.ok(*ASK, "--as", "mona", *NOW)
    first = (space.folder / "specs/policies/grants/p-deep.yaml").read_text(encoding="utf-8")
    again = space.cli(*ASK, "--as", "mona", *NOW)
    assert again.returncode == 1
    assert "has applied for this already: specs/policies/grants/p-deep.yaml:1:1" in again.stderr
    space.cli.ok(*ASK, "--as", "romain", "--actions", "export", *NOW)
    assert (space.folder / "specs/policies/grants/p-deep.yaml").read_text(encoding="utf-8") == first
    second = (space.folder / "specs/policies/grants/p-deep-2.yaml").read_text(encoding="utf-8")
    assert "name: p-deep-2\n" in second
    (space.folder / "specs/policies/grants/p-deep-3.yaml").write_text("# kept\n", encoding="utf-8")
    kept = space.cli(*ASK, "--as", "olga", "--actions", "export", *NOW)
    assert kept.returncode == 1
    assert "is there already" in kept.stderr
    assert (space.folder / "specs/policies/grants/p-deep-3.yaml").read_text(encoding="utf-8") == "# kept\n"


def test_a_dataset_is_asked_for_by_its_own_address_too(space: Space) -> None:
    words = [word.replace("catalog/deep", "q/deep") for word in ASK]
    said = json.loads(space.cli.ok(*words, "--as", "mona", *NOW, "--format", "json"))
    assert said["dataset"] == "catalog/deep"


REFUSED = {
    "an unknown entry": (["catalog/deeep"], 'Did you mean "catalog/deep"?'),
    "a dataset that is not offered": (["dataset/p/inner"], "may not request dataset/p/inner"),
    "an unknown principal": (["catalog/deep", "--to", "project:pp"], "there is no project:pp"),
    "an unknown requester": (["catalog/deep", "--as", "romaine"], 'Did you mean "romain"?'),
    "a role that does not apply": (["catalog/deep", "--as", "marie"], "does not give request on a catalog"),
    "no end above internal": (["catalog/deep"], "add --until DATE"),
    "an end in the past": (["catalog/deep", "--until", "2026-11-23"], "lies in the past"),
    "an end before the beginning": (
        ["catalog/deep", "--until", "2027-01-01", "--from", "2027-02-01"],
        "`until` lies before `from`",
    ),
    "an address outside every network": (["catalog/deep", "--ip", "203.0.113.9"], "may not request"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_asked_for_is_told_in_one_line_and_writes_nothing(
    words: list[str], said: str, space: Space
) -> None:
    before = grants(space)
    more = [] if "--as" in words else ["--as", "romain"]
    done = space.cli("request", *words, *more, "--purpose", "Planning", "--yes", *NOW)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert grants(space) == before


@pytest.mark.parametrize("more", [["--purpose", " "], ["--purpose", "a\nb"], ["--actions", "update"], []])
def test_wrong_words_are_a_usage_error(more: list[str], space: Space) -> None:
    purpose = [] if not more or more[0] == "--purpose" else ["--purpose", "x"]
    done = space.cli("request", "catalog/deep", "--as", "romain", *purpose, *more, *NOW)
    assert done.returncode == 2


def test_a_purpose_is_kept_as_text_whatever_it_says(space: Space) -> None:
    purpose = 'A "quoted": # purpose, é, {x: [y]} \\ & *z'
    space.cli.ok("request", "catalog/open", "--as", "romain", "--purpose", purpose, "--yes", *NOW)
    plan = space.cli("plan", *NOW)
    assert plan.returncode == 0, plan.stderr
    space.cli.ok("apply", "--yes", *NOW)
    shown = json.loads(space.cli.ok("show", "grant/romain-open", "--format", "json"))
    assert purpose in json.dumps(shown, ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")


def test_a_folder_that_leads_out_of_the_repository_is_not_written_to(space: Space, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = space.folder / "specs/policies/grants"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.symlink_to(outside)
    done = space.cli(*ASK, "--as", "mona", *NOW)
    assert done.returncode == 1
    assert list(outside.iterdir()) == []
