"""Specs in a folder: which files, which paths, and nothing from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.adapters.files import FolderSpecs
from engine.core.load import load
from engine.core.yaml_reader import MAX_BYTES
from engine.diagnostics import WorldFailure
from engine.usecases.settings import read_settings

SPACE = "kind: Space\nname: hub\nstore: ../store\n"


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "space"
    files = {
        "specs/space.yaml": SPACE, "specs/b/two.yml": "a: 1", "specs/a/one.yaml": "a: 1", "specs/a/x.py": "",
        "specs/.hidden.yaml": "a: 1", "specs/.git/x.yaml": "a: 1", "data/geo.json": "{}",
        "specs/a/partials/p.yaml": "text: a",
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


def paths(specs: FolderSpecs) -> list[str]:
    return [file.path for file in specs.read()]


def test_yaml_files_are_read_in_path_order_hidden_ones_left_out(space: Path) -> None:
    assert paths(FolderSpecs(Path("specs"))) == [
        "specs/a/one.yaml", "specs/a/partials/p.yaml", "specs/b/two.yml", "specs/space.yaml"
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["specs", "./specs", "../space/specs"])
def test_paths_are_shown_as_the_folder_was_given(space: Path, given: str) -> None:
    files = FolderSpecs(Path(given)).read()
    prefix = Path(given).as_posix()
    assert [file.path for file in files][-1] == f"{prefix}/space.yaml"
    assert [file.within for file in files][-1] == "space.yaml"


def test_other_files_are_read_by_the_path_that_diagnostics_show(space: Path) -> None:
    whole = str(space / "specs"), str(space / "data/geo.json")
    for given, path in (("specs", "specs/a/x.py"), ("specs", "data/geo.json"), whole):
        assert FolderSpecs(Path(given)).read_other(path) is not None
    assert FolderSpecs(Path("specs")).read_other("specs/nothing.py") is None
    assert FolderSpecs(Path("specs")).read_other("data") is None


def test_nothing_outside_is_read_neither_by_path_nor_through_a_link(space: Path) -> None:
    (space.parent / "secret.txt").write_text("secret")
    with pytest.raises(WorldFailure, match="leads out"):
        FolderSpecs(Path("specs")).read_other("../secret.txt")
    (space / "specs/a/link.py").symlink_to(space.parent / "secret.txt")
    with pytest.raises(WorldFailure, match="leads out"):
        FolderSpecs(Path("specs")).read_other("specs/a/link.py")
    (space / "specs/a/link.yaml").symlink_to(space.parent / "secret.txt")
    with pytest.raises(WorldFailure, match=r"link\.yaml leads out"):
        FolderSpecs(Path("specs")).read()


def test_links_within_are_followed_and_circles_end(space: Path) -> None:
    (space / "specs/c").symlink_to(space / "specs/a")
    (space / "specs/a/up").symlink_to(space / "specs")
    found = paths(FolderSpecs(Path("specs")))
    assert "specs/c/one.yaml" in found
    assert len(found) < 40


def test_a_pipe_or_a_folder_named_like_a_file_is_passed_over(space: Path) -> None:
    os.mkfifo(space / "specs/pipe.yaml")
    (space / "specs/folder.yaml").mkdir()
    assert len(paths(FolderSpecs(Path("specs")))) == 4
    os.mkfifo(space / "specs/pipe.py")
    assert FolderSpecs(Path("specs")).read_other("specs/pipe.py") is None


def test_an_enormous_file_is_not_read_whole_and_is_refused(space: Path) -> None:
    with (space / "specs/big.yaml").open("wb") as file:
        file.truncate(10 << 30)
    (big,) = (f for f in FolderSpecs(Path("specs")).read() if f.path == "specs/big.yaml")
    assert len(big.content) == MAX_BYTES + 1
    assert [d.code for d in load([big])[1]] == ["yaml-size"]


def test_a_folder_that_is_not_there_is_a_failure_with_a_hint(space: Path) -> None:
    with pytest.raises(WorldFailure, match="there is no folder nowhere") as failure:
        FolderSpecs(Path("nowhere")).read()
    assert "engine init" in failure.value.hint


def test_a_command_sees_one_state_of_the_files(space: Path) -> None:
    specs = FolderSpecs(Path("specs"))
    before = specs.read()
    (space / "specs/new.yaml").write_text("a: 1")
    assert specs.read() == before
    assert "specs/new.yaml" in paths(FolderSpecs(Path("specs")))


def test_settings_are_read_from_wherever_the_space_document_is(space: Path) -> None:
    assert read_settings(FolderSpecs(Path("specs"))).store == "../store"
    (space / "specs/space.yaml").write_text("a: 1")
    (space / "specs/b/two.yml").write_text('{"kind": "Space", "name": "x", "store": "elsewhere"}')
    assert read_settings(FolderSpecs(Path("specs"))).store == "elsewhere"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "there is no Space document"),
        ("{kind: Space, name: a b}", "has mistakes"),
        ("kind: Space\n:", "has mistakes"),
    ],
)
def test_settings_that_cannot_be_read_are_a_failure_in_one_line(space: Path, text: str, message: str) -> None:
    (space / "specs/space.yaml").write_text(text)
    with pytest.raises(WorldFailure, match=message) as failure:
        read_settings(FolderSpecs(Path("specs")))
    assert "\n" not in failure.value.message
