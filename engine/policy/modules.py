"""The shipped Rego modules: their text, and their revision."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import resources
from typing import Final

PACKAGE: Final = "dataspace"
"""The package all modules share; what they look up stands beside it, in `<package>_facts`."""


@cache
def modules() -> dict[str, str]:
    """File name to text of every shipped module, in name order."""
    folder = resources.files("engine.policy") / "rego"
    found = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir()}
    return {name: found[name] for name in sorted(found) if name.endswith(".rego")}


@cache
def policy_revision() -> str:
    """Hash of the modules: two engines with equal rules have equal ones."""
    hashed = hashlib.sha256()
    for name, text in modules().items():
        hashed.update(f"{name}\0{text}\0".encode())
    return hashed.hexdigest()[:32]


def one_module(root: str) -> str:
    """All modules as one, its package and its facts renamed to `root`: for a server that many share.

    One, because a server refuses a module that calls what it does not know yet.
    """
    bodies = [re.sub(r"(?m)^(package|import) .*\n", "", text).strip() for text in modules().values()]
    text = "\n\n".join((f"package {PACKAGE}", "import rego.v1", *bodies))
    return re.sub(rf"\b{PACKAGE}(_facts)?\b", rf"{root}\1", text) + "\n"
