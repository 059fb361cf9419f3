"""Small spaces on disk, validated with the real adapters."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import Identity, identities
from engine.usecases.validate import Checked, validate
from engine.wiring import Workspace

SPACE = """
    kind: Space
    name: test
    sensitivity: [public, internal, restricted, secret]
    ---
    kind: Role
    name: data-worker
    clearance: internal
    ---
    kind: User
    name: sophie
    role: data-worker
    ---
    kind: Project
    name: p
    managers: [sophie]
"""

USERS = """
    kind: Dataset
    name: raw
    sensitivity: internal
    from: {file: ../../../data/raw.csv}
    columns:
      - {name: id, type: integer}
      - {name: email, type: string, tags: [personal]}
      - {name: username, type: string}
      - {name: age, type: integer}
      - {name: born, type: date}
"""

CSV = "id,email,username,age,born\n1,a@example.org,a,30,1990-01-01\n2,b@example.org,b,40,1980-02-02\n"


class Folder:
    """A space in a folder: files are written, and validated as the command line does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("specs/space.yaml", SPACE)
        self.write("specs/projects/p/datasets/raw.yaml", USERS)
        self.write("specs/data/raw.csv", CSV)

    def write(self, path: str, text: str) -> None:
        """Write a file, its indentation removed."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def flow(self, text: str, name: str = "flow") -> None:
        """Write a dataflow whose inputs and steps are given."""
        head = f"kind: Dataflow\nname: {name}\n"
        self.write(f"specs/projects/p/dataflows/{name}.yaml", head + dedent(text).lstrip("\n"))

    def check(self) -> Checked:
        """Validate it."""
        return validate(Workspace(self.root / "specs"))

    def sound(self) -> dict[str, CompiledDataset]:
        """Validate it, expecting no mistake; the compiled datasets by name."""
        checked = self.check()
        assert [str(d) for d in checked.diagnostics] == []
        return {address.name: dataset for address, dataset in checked.compiled.items()}

    def mistakes(self) -> list[str]:
        """What is wrong, with paths from the specs folder on."""
        prefix = f"{(self.root / 'specs').as_posix()}/"
        return [str(d).replace(prefix, "") for d in self.check().diagnostics]

    def identities(self) -> dict[str, Identity]:
        """What each dataset is determined by, as far as the specs say."""
        checked = self.check()
        assert not checked.diagnostics, list(map(str, checked.diagnostics))
        return {a.name: i for a, i in identities(checked.compiled, {}).items()}


def address(name: str) -> Address:
    """A dataset of the project."""
    return Address("dataset", "p", name)
