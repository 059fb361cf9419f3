"""The fifth door: another environment, another dataset or another way to count shows all but three."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attacks import canaries
from tests.attacks.attempts import APPLY, Attempt, Outcome, all_numbers, later
from tests.attacks.spaces import COLUMNS, FEWER, GONE, NOW, PEOPLE, csv_of, dataset, entry, flow, page, write
from tests.conftest import Cli

pytestmark = pytest.mark.slow

ALL, OTHERS = float(len(PEOPLE)), float(len(FEWER))
NAMES = ", ".join(f"'{person.pid}'" for person in GONE)
NOT_GONE = f"pid not in ({NAMES})"
THREE = "region = 'R1' and disease = 'HIV'"
KPI = "{{kpi: count(*), from: {name}, title: Number}}"


def said(folder: Path) -> set[float]:
    """Which of 58 and 55 is told anywhere: in what was ever published of any environment, in any file."""
    texts = [text for where, text in canaries.published(folder).items() if where.endswith(".html")]
    return {ALL, OTHERS} & {number for text in texts for number in all_numbers(text)}


def safe(cli: Cli) -> None:
    """Not both are told: their difference would be about three people."""
    assert said(cli.folder) != {ALL, OTHERS}


def one(name: str = "people") -> dict[str, str]:
    """A page with the number of rows of a dataset."""
    return page("first", [KPI.format(name=name)], datasets=f"{{{name}: {name}}}")


def other(name: str, where: str | None = None) -> dict[str, str]:
    """Another page with the number of rows of a dataset, or of those of a condition."""
    source = f"{{dataset: {name}, where: {where!r}}}" if where else name
    return page("second", [KPI.format(name="d")], datasets=f"{{d: {source}}}")


def refused(cli: Cli, env: str = "prod") -> bool:
    """Apply, which may refuse with an error that names a file."""
    done = cli("--env", env, *APPLY)
    assert done.returncode in (0, 1), done.stderr[-800:]
    if done.returncode:
        assert "error[" in done.stderr + done.stdout, done.stderr[-800:]
        assert "Traceback" not in done.stderr
    return done.returncode == 1


ROUNDABOUT = {
    "where": f"select * from people where {NOT_GONE}",
    "of-a-region": f"select * from people where not ({THREE})",
    "limit": f"select * from people where {NOT_GONE} limit 1000000",
    "row-number": f"select *, row_number() over () as i from people where {NOT_GONE}",
    "union": f"select * from people where {NOT_GONE} union all select * from people where false",
    "distinct": f"select distinct * from people where {NOT_GONE}",
    "self-join": f"select p.* from people p join people q on p.pid = q.pid where p.{NOT_GONE}",
    "order": f"select * from people where {NOT_GONE} order by income",
    "sample": f"select * from people where {NOT_GONE} using sample 100 percent (bernoulli)",
    "cte": f"with x as (select * from people where {NOT_GONE}) select * from x",
    "qualify": f"select * from people where {NOT_GONE} qualify row_number() over (partition by pid) = 1",
    "window": f"select *, count(*) over (partition by region) as n from people where {NOT_GONE}",
    "except": f"select * from people except all select * from people where not {NOT_GONE}",
    "semi-join": f"select * from people p semi join (from people where {NOT_GONE}) q on p.pid = q.pid",
    "recursive": f"with recursive x as (select * from people where {NOT_GONE} "
    "union all select * from x where false) select * from x",
    "offset": "select * from (select * from people order by income desc) offset 3",
    "lateral": f"select p.* from people p, lateral (select 1 where p.{NOT_GONE}) q(x)",
    "group-by-all": f"select * from people where {NOT_GONE} group by all",
    "pid-in-other-letters": f"select lower(pid) as pid, * exclude (pid) from people where {NOT_GONE}",
    "unnest": f"select unnest(list_value(pid)) as pid, region from people where {NOT_GONE}",
    "values": f"select * from people where pid not in (select * from (values "
    f"({NAMES.replace(', ', '), (')})))",
    "anti": f"select * from people p where not exists (select 1 from (values "
    f"({NAMES.replace(', ', '), (')})) v(x) "
    "where v.x = p.pid)",
}


def roundabout(name: str) -> Attempt:
    """All but three as a step makes them: on a page, and in the catalogue."""
    out = "o_" + name.replace("-", "_")
    made = page(f"p-{name}", [KPI.format(name=out)], datasets=f"{{{out}: {out}}}")
    return Attempt(
        name, {**flow(f"f-{name}", {out: ROUNDABOUT[name]}), **made, **entry(out)}, f"p-{name}", (OTHERS,)
    )


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What becomes of them once the number of all is told."""
    return later(tmp_path_factory.mktemp("followed"), one(), [roundabout(name) for name in ROUNDABOUT])


@pytest.mark.parametrize("name", list(ROUNDABOUT))
def test_a_set_of_units_is_followed_however_it_is_written(followed: dict[str, Outcome], name: str) -> None:
    assert followed[name].safe, str(followed[name])


@pytest.mark.parametrize("name", ["where", "limit", "union", "self-join"])
def test_two_figures_of_one_release_are_one_ledger(tmp_path: Path, name: str) -> None:
    cli = write(tmp_path, {**roundabout(name).files, **one()})
    if not refused(cli):
        safe(cli)


PAIRS = {"same-step-twice": NOT_GONE, "by-name": f"fullname not in ('{GONE[0].fullname}') and {NOT_GONE}"}


@pytest.mark.parametrize("name", list(PAIRS))
def test_two_environments_are_one_ledger(tmp_path: Path, name: str) -> None:
    cli = write(tmp_path, one())
    assert not refused(cli)
    (tmp_path / "specs/projects/p/dashboards/first.yaml").unlink()
    write(tmp_path, other("people", PAIRS[name]))
    refused(cli, "pr-42")
    safe(cli)


def test_an_environment_that_was_dropped_is_known_still(tmp_path: Path) -> None:
    cli = write(tmp_path, other("people", NOT_GONE))
    refused(cli, "pr-42")
    cli("env", "drop", "pr-42", "--yes")
    cli("gc", "--yes", "--days", "0", "--now", "2027-11-24")
    before = said(tmp_path)
    write(tmp_path, one())
    refused(cli)
    assert before | said(tmp_path) != {ALL, OTHERS}


def test_a_page_that_was_removed_is_known_still(tmp_path: Path) -> None:
    cli = write(tmp_path, one())
    assert not refused(cli)
    (tmp_path / "specs/projects/p/dashboards/first.yaml").unlink()
    assert not refused(cli)
    cli("gc", "--yes", "--days", "0", "--now", "2027-11-24")
    write(tmp_path, other("people", NOT_GONE))
    refused(cli)
    assert OTHERS not in said(tmp_path)


def test_promoting_and_rolling_back_tell_nothing_more(tmp_path: Path) -> None:
    cli = write(tmp_path, one())
    assert not refused(cli)
    (tmp_path / "specs/projects/p/dashboards/first.yaml").unlink()
    write(tmp_path, other("people", NOT_GONE))
    refused(cli, "pr-42")
    safe(cli)
    cli("promote", "pr-42", "--yes", "--now", NOW)
    safe(cli)
    cli("rollback", "--yes", "--now", NOW)
    safe(cli)


RENAMED = {"pid": "id", "fullname": "label", "region": "area", "disease": "illness"}


def copies() -> Mapping[str, tuple[str, str]]:
    """A second dataset over the same people: the end of its document, and its file where that is another."""
    typed = {**COLUMNS, "income": "float", "birth": "string"}
    under = {RENAMED.get(name, name): f"{text}, from: {name}" for name, text in COLUMNS.items()}
    renamed = {RENAMED.get(name, name): text for name, text in COLUMNS.items()}
    fewer = {name: COLUMNS[name] for name in ("pid", "region", "disease")}
    by_id = "{unit: id, min_cell: 5}"
    turned = "\n".join([csv_of(()).strip(), *reversed(csv_of(PEOPLE).splitlines()[1:]), ""])
    return {
        "another-name": (dataset("NAME"), ""),
        "other-types": (dataset("NAME", columns=typed), ""),
        "fewer-columns": (dataset("NAME", columns=fewer), ""),
        "other-column-names": (dataset("NAME", protect=by_id, columns=under), ""),
        "another-unit": (dataset("NAME", protect="{unit: fullname, min_cell: 5}"), ""),
        "a-lower-floor": (dataset("NAME", protect="{unit: pid, min_cell: 2}"), ""),
        "no-floor": (dataset("NAME", protect=None), ""),
        "a-copied-file": (dataset("NAME", "FILE"), csv_of(PEOPLE)),
        "a-file-with-other-names": (
            dataset("NAME", "FILE", by_id, columns=renamed),
            csv_of(PEOPLE, ",".join(renamed)),
        ),
        "a-file-in-another-order": (dataset("NAME", "FILE"), turned),
        "a-file-with-other-line-ends": (dataset("NAME", "FILE"), csv_of(PEOPLE).replace("\n", "\r\n")),
        "a-file-with-quotes": (dataset("NAME", "FILE"), re.sub(r"[^,\n]+", r'"\g<0>"', csv_of(PEOPLE))),
    }


COPIES = copies()


def copy(name: str) -> Attempt:
    """All but three of a second dataset: on a page, and as a step in the catalogue."""
    document, content = COPIES[name]
    key, file = "c_" + name.replace("-", "_"), f"{name}.csv"
    unit = "id" if "unit: id" in document else "pid"
    condition = NOT_GONE.replace("pid", unit)
    text = document.replace("NAME", key).replace("FILE", file)
    source = f"{{d: {{dataset: {key}, where: {condition!r}}}}}"
    files = {
        f"projects/p/datasets/{key}.yaml": text,
        **page(f"p-{name}", [KPI.format(name="d")], datasets=source),
        **flow(
            f"f-{name}", {f"{key}_others": f"select {unit} from {key} where {condition}"}, f"{{{key}: {key}}}"
        ),
        **entry(f"{key}_others"),
    }
    return Attempt(name, files | ({file: content} if content else {}), f"p-{name}", (OTHERS,))


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What becomes of the copies once the number of all is told."""
    return later(tmp_path_factory.mktemp("copied"), one(), [copy(name) for name in COPIES])


@pytest.mark.parametrize("name", list(COPIES))
def test_a_second_dataset_of_the_same_people_is_the_same_ledger(
    copied: dict[str, Outcome], name: str
) -> None:
    assert copied[name].safe, str(copied[name])


@pytest.mark.parametrize("name", ["another-name", "other-column-names", "a-copied-file"])
def test_a_copy_in_the_same_release_is_the_same_ledger(tmp_path: Path, name: str) -> None:
    cli = write(tmp_path, {**copy(name).files, **one()})
    if not refused(cli):
        safe(cli)
