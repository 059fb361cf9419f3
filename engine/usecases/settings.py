"""The settings of a space, read without reading the rest of it."""

from __future__ import annotations

import re

from engine.core.load import load
from engine.diagnostics import WorldFailure
from engine.model.space import SpaceSpec
from engine.ports import SpecSource

_SPACE = re.compile(rb"""\bkind["']?\s*:\s*["']?Space\b""")


def read_settings(specs: SpecSource) -> SpaceSpec:
    """The Space document. Raises WorldFailure when there is none, or none that can be read."""
    files = [file for file in specs.read() if _SPACE.search(file.content)]
    resources, diagnostics = load(files)
    for resource in resources:
        if isinstance(resource.spec, SpaceSpec):
            return resource.spec
    if any(resource.address.kind == "space" for resource in resources) or (files and diagnostics):
        raise WorldFailure(f"the Space document has mistakes: {diagnostics[0]}", "run `engine validate`.")
    raise WorldFailure(
        "there is no Space document.", "write one, for example space.yaml: {kind: Space, name: my-space}."
    )
