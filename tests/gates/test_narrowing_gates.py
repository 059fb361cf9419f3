"""A data policy holds through dataflows: for whoever writes one, and for whoever reads what it makes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic
from tests.gates.conftest import NOW, Space

PEOPLE_ROWS = "id,nom,dep,n\n1,Ada,75,1\n2,Bea,13,2\n"
PEOPLE = """\
kind: Dataset
name: people
sensitivity: internal
from: {file: ../../../data/people.csv}
columns:
  - {name: id, type: string}
  - {name: nom, type: string}
  - {name: dep, type: string}
  - {name: n, type: integer}
"""
ROWS = (
    "kind: DataPolicy\nname: regional\ndatasets: [p/people]\nto: [user:romain, user:leo]\nrows: dep = '75'\n"
)
MASKS = "kind: DataPolicy\nname: masks\ndatasets: [p/people]\nto: romain\ncolumns: {nom: hash}\n"
POLICY = "policies/narrow.yaml"
FLOW = "projects/p/dataflows/made.yaml"


def flow(sql: str, more: str = "") -> str:
    return (
        "kind: Dataflow\nname: made\ninputs: {t: p/people}\nsteps:\n"
        f"  - output: made\n    sql: {sql}\n{''.join(f'    {line}' for line in more.splitlines(True))}"
    )


REVIEWED = "declassify: {reason: Agreed, approved_by: pia}\n"


@pytest.fixture(scope="module")
def narrowed_folder(applied_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The applied space, and in it a dataset that is narrowed for romain by rows and a mask."""
    folder = tmp_path_factory.mktemp("narrowed") / "space"
    shutil.copytree(applied_folder, folder, symlinks=True)
    space = Space(folder)
    space.write("data/people.csv", PEOPLE_ROWS).write("projects/p/datasets/people.yaml", PEOPLE)
    space.write(POLICY, ROWS + "---\n" + MASKS)
    space.cli.ok("apply", "--yes", "--now", NOW.isoformat())
    return folder


@pytest.fixture
def narrowed(narrowed_folder: Path, tmp_path: Path) -> Space:
    """A private copy of it."""
    shutil.copytree(narrowed_folder, tmp_path / "space", symlinks=True)
    return Space(tmp_path / "space")


@pytest.fixture(scope="module")
def masked_folder(narrowed_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, in which only the mask is applied."""
    folder = tmp_path_factory.mktemp("masked") / "space"
    shutil.copytree(narrowed_folder, folder, symlinks=True)
    Space(folder).write(POLICY, MASKS).cli.ok("apply", "--yes", "--now", NOW.isoformat())
    return folder


@pytest.fixture
def masked(masked_folder: Path, tmp_path: Path) -> Space:
    """A private copy of that."""
    shutil.copytree(masked_folder, tmp_path / "space", symlinks=True)
    return Space(tmp_path / "space")


def refusals(space: Space, actor: str) -> list[Diagnostic]:
    errors = [d for d in space.told(actor) if d.severity == "error"]
    assert {d.code for d in errors} <= {"narrowed-input"}, errors
    return errors


def warnings(space: Space) -> list[Diagnostic]:
    return [d for d in space.told() if d.code == "narrowing-lost"]


def test_whoever_sees_some_rows_writes_no_dataflow_over_all_of_them(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select dep, n from t"))
    (found,) = refusals(narrowed, "romain")
    assert (found.span.file.rpartition("/specs/")[2], found.span.line) == (FLOW, 5)
    assert "romain may see dataset/p/people only narrowed" in found.summary
    assert "gives away its rows." in found.summary
    assert f"specs/{POLICY}:1:1" in found.detail
    assert refusals(narrowed, "mona") == []
    done = narrowed.cli("apply", "--yes", "--actor", "romain", "--now", NOW.isoformat())
    assert done.returncode == 1
    assert "error[narrowed-input]" in done.stderr


def test_a_count_of_all_rows_is_one_of_rows_that_are_hidden(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select count(*) as people from t"))
    assert len(refusals(narrowed, "romain")) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "select nom from t",
        "select upper(nom) || id as other from t",
        "select n from t where nom = 'Ada'",
        "select count(*) as people from t group by nom",
        "select a.n from t a join t b on a.nom = b.nom",
        "select n from t order by nom limit 1",
        "select count(distinct nom) as names from t",
        "select * from (select nom as other from t) where other is not null",
    ],
)
def test_a_masked_column_is_not_given_away_in_any_form(sql: str, masked: Space) -> None:
    masked.write(FLOW, flow(sql))
    (found,) = refusals(masked, "romain")
    assert "column dataset/p/people.nom" in found.summary
    assert refusals(masked, "mona") == []


@pytest.mark.parametrize("sql", ["select id, dep, n from t", "select sum(n) as n from t where dep = '75'"])
def test_a_masked_column_that_is_not_read_is_no_matter(sql: str, masked: Space) -> None:
    masked.write(FLOW, flow(sql))
    assert refusals(masked, "romain") == []
    assert warnings(masked) == []


def test_a_dataflow_that_reads_the_dataset_already_is_not_made_to_give_more_away(masked: Space) -> None:
    masked.write(FLOW, flow("select id from t"))
    masked.cli.ok("apply", "--yes", "--actor", "romain", "--now", NOW.isoformat())
    masked.write(FLOW, flow("select id, nom from t"))
    assert len(refusals(masked, "romain")) == 1
    masked.write(FLOW, flow("select id from t", "title: Ids\n"))
    assert refusals(masked, "romain") == []


@pytest.mark.parametrize("column", ["nom", "other"])
def test_an_output_that_is_masked_as_strongly_gives_nothing_away(column: str, masked: Space) -> None:
    masked.write(FLOW, flow(f"select id, nom as {column} from t"))
    policy = MASKS.replace("p/people", "p/made").replace("masks", "kept")
    for mask, told in (("prefix:1", 1), ("hash", 0), ("'null'", 0)):
        text = policy.replace("{nom: hash}", f"{{{column}: {mask}}}")
        masked.write("policies/kept.yaml", text)
        found = [d for d in masked.told("romain") if d.code == "narrowed-input"]
        assert len(found) == told, mask
        assert len(warnings(masked)) == told, mask


def test_an_output_whose_rows_are_filtered_for_them_gives_no_rows_away(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select dep, n from t"))
    narrowed.write(POLICY, ROWS.replace("[p/people]", "[p/people, p/made]") + "---\n" + MASKS)
    assert [d.code for d in narrowed.told("romain") if d.code == "narrowed-input"] == []
    assert warnings(narrowed) == []


def test_a_reviewed_declassification_opens_what_is_hidden(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select nom, n from t", REVIEWED))
    assert refusals(narrowed, "romain") == []
    assert warnings(narrowed) == []
    assert [d.code for d in narrowed.told() if d.code == "unused-declassify"] == []


def test_a_declassification_is_not_taken_away_from_under_what_it_answers_for(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select nom, n from t", REVIEWED))
    narrowed.cli.ok("apply", "--yes", "--now", NOW.isoformat())
    narrowed.write(FLOW, flow("select nom, n from t"))
    assert len(refusals(narrowed, "romain")) == 1


def test_everyone_is_told_of_an_output_that_shows_what_a_policy_hides(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select nom as name, dep from t"))
    rows, masks = sorted(warnings(narrowed), key=lambda d: d.summary, reverse=True)
    assert rows.summary.startswith("dataset/p/made shows romain what datapolicy/regional (")
    assert f"specs/{POLICY}:1:1" in rows.summary
    assert "along dataset/p/people -> dataset/p/made." in rows.detail
    assert f"specs/{POLICY}:7:1" in masks.summary
    assert "along dataset/p/people.nom -> dataset/p/made.name." in masks.detail
    assert {d.span.line for d in (rows, masks)} == {5}


def test_what_comes_through_another_dataset_is_told_where_it_is_read(narrowed: Space) -> None:
    narrowed.write(POLICY, ROWS)
    narrowed.write("projects/q/project.yaml", "kind: Project\nname: q\nmembers: [olga, romain]\n")
    narrowed.write("projects/p/project.yaml", "kind: Project\nname: p\nmembers: [mona]\n")
    narrowed.write(FLOW, flow("select dep from t"))
    narrowed.write(
        "projects/q/dataflows/far.yaml",
        flow("select dep as d from t").replace("made", "far").replace("p/people", "p/made"),
    )
    (found,) = warnings(narrowed)
    assert found.summary.startswith("dataset/q/far shows romain")
    assert "dataset/p/people -> dataset/p/made -> dataset/q/far" in found.detail


def test_what_is_made_of_a_dataset_that_was_told_of_is_not_told_again(narrowed: Space) -> None:
    narrowed.write(POLICY, ROWS).write(FLOW, flow("select dep, n from t"))
    further = flow("select dep from t").replace("made", "further").replace("p/people", "made")
    narrowed.write("projects/p/dataflows/further.yaml", further)
    (found,) = warnings(narrowed)
    assert found.summary.startswith("dataset/p/made shows romain")
    narrowed.write(POLICY, ROWS.replace("p/people]", "p/people, p/made]"))
    (found,) = warnings(narrowed)
    assert found.summary.startswith("dataset/p/further shows romain")
    assert "along dataset/p/made -> dataset/p/further" in found.detail
    narrowed.write(
        "projects/p/dataflows/further.yaml",
        flow("select a.dep from t a, t2 b")
        .replace("made", "further")
        .replace("{t: p/people}", "{t: made, t2: p/people}"),
    )
    assert {d.summary.partition(" shows")[0] for d in warnings(narrowed)} == {"dataset/p/further"}
    assert len(warnings(narrowed)) == 2


def test_a_page_over_the_output_shows_it_to_whom_it_is_shared_with(narrowed: Space) -> None:
    narrowed.write(FLOW, flow("select dep, n from t"))
    narrowed.write(
        "projects/p/dashboards/two.yaml",
        "kind: Dashboard\nname: two\ndatasets: {d: made}\nrows: [[{table: d}]]\nshare: [{to: leo}]\n",
    )
    (found,) = warnings(narrowed)
    assert "shows leo, romain what datapolicy/regional" in found.summary


def test_those_who_cannot_read_the_output_are_not_told_of(narrowed: Space) -> None:
    narrowed.write(POLICY, ROWS.replace("[user:romain, user:leo]", "leo"))
    narrowed.write(FLOW, flow("select dep, n from t"))
    assert warnings(narrowed) == []


def test_a_count_of_a_masked_column_shows_its_readers_no_value(masked: Space) -> None:
    masked.write(FLOW, flow("select dep, count(distinct nom) as names from t group by dep"))
    assert warnings(masked) == []


def test_whoever_may_not_use_an_input_does_not_change_what_is_made_of_it(narrowed: Space) -> None:
    narrowed.change("projects/q/dataflows/down.yaml", "select a from", "select a || a as a from")
    assert narrowed.refused("olga") == {"use dataset/p/out"}
    narrowed.change("projects/q/dataflows/down.yaml", "select a || a as a from", "select a from")
    narrowed.change("projects/q/dataflows/down.yaml", "name: down", "name: down\ntitle: Below")
    assert narrowed.refused("olga") == set()
