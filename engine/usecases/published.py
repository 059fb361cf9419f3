"""What has been applied, loaded again: the Space, its compiled datasets and its policy data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.compiled_json import compiled_from_json
from engine.core.origins import with_files
from engine.core.resolve import resolve
from engine.core.snapshot import files_from_snapshot, resources_from_snapshot
from engine.core.space import Space
from engine.core.state import Applied
from engine.diagnostics import WorldFailure
from engine.policy.document import policy_from_text
from engine.ports import StateStore
from engine.usecases.environments import never_applied


@dataclass(frozen=True)
class Published:
    """Everything `query`, `preview`, `can`, `show` and `render` answer from."""

    applied: Applied
    space: Space
    compiled: Mapping[Address, CompiledDataset]
    policy_data: Mapping[str, Any]


def load_published(state: StateStore, environment: str) -> Published:
    """The applied state of an environment. Raises WorldFailure when nothing has been applied yet."""
    applied = state.applied(environment)
    if not applied.snapshot:
        raise never_applied(environment)
    return load_applied(state, applied)


def load_applied(state: StateStore, applied: Applied) -> Published:
    """Everything that an applied state names by hash, loaded again. Raises WorldFailure."""
    snapshot = kept_text(state, applied.snapshot)
    space, _ = resolve(resources_from_snapshot(snapshot))
    assert space is not None, "only a space that resolves is ever applied"
    return Published(
        applied,
        with_files(space, files_from_snapshot(snapshot, lambda digest: kept_text(state, digest))),
        compiled_from_json(kept_text(state, applied.compiled)),
        policy_from_text(kept_text(state, applied.policy)),
    )


def kept_text(state: StateStore, digest: str) -> str:
    """A text by its hash, as it was kept. Raises WorldFailure when it is missing or was altered."""
    text = state.document(digest)
    if text_hash(text) != digest:
        raise WorldFailure(
            f"the record of the last apply was altered: text {digest[:12]} is another one.",
            "`engine plan` tells what that means; `engine apply` records it anew.",
        )
    return text


def policy_text(data: Mapping[str, Any]) -> str:
    """Policy data as the text that is kept: equal data give equal texts."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def text_hash(text: str) -> str:
    """The hash that an applied state names a kept text by."""
    return hashlib.sha256(text.encode()).hexdigest()
