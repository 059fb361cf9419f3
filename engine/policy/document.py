"""The document of policy data as it is kept: which form it has, and reading it again."""

from __future__ import annotations

import json
from typing import Any, Final

from engine.diagnostics import WorldFailure

FORMAT: Final = 2
"""Of the document. Rules answer from no other (rego/request.rego), so it changes when they look up more."""


def policy_from_text(text: str) -> dict[str, Any]:
    """Policy data as they were kept. Raises WorldFailure for those of another version of the engine."""
    data: dict[str, Any] = json.loads(text)
    if data.get("format") != FORMAT:
        raise WorldFailure(
            "the policy of the last apply cannot be read by this version of the engine.",
            "apply again with this version.",
        )
    return data
