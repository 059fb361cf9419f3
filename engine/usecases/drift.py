"""What of the world is no longer as the last apply left it, beside the files of versions."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.addresses import Address
from engine.core.compiled_json import is_compiled_text
from engine.core.diff import in_order, strongest
from engine.core.plan import Change
from engine.core.snapshot import is_snapshot_text
from engine.core.state import Applied
from engine.diagnostics import PolicyUnavailable, WorldFailure
from engine.policy.document import policy_from_text
from engine.ports import Workbench
from engine.usecases.environments import BASE
from engine.usecases.published import kept_text


def with_drift(changes: tuple[Change, ...], reasons: tuple[str, ...], space: Address) -> tuple[Change, ...]:
    """The changes with a publication for those reasons among them; at the space, one change per address."""
    if not reasons:
        return changes
    known = next((change for change in changes if change.address == space), Change("re-point", space, ()))
    anew = Change(strongest({"re-point", known.action}), space, (*known.reasons, *reasons))
    return in_order((*(change for change in changes if change.address != space), anew))


def drifted(bench: Workbench, applied: Applied) -> Iterator[str]:
    """Why the space has to be published anew though its specs may be the same, in words.

    Raises PolicyUnavailable when the policy server cannot be asked.
    """
    if not applied.snapshot:
        return
    if not _is_readable(bench, applied):
        yield "the record of the last apply is damaged, or another version of the engine wrote it"
    if bench.site.current(bench.environment) != applied.site:
        yield "the published pages are not those of the last apply"
    elif applied.site and not bench.site.is_drawn_as_now(bench.environment):
        yield "another version of the engine drew the published pages"
    # Previews' policies are put into a server when they are asked about, and may be dropped at any time.
    if applied.policy and bench.environment == BASE:
        yield from _policy_drift(bench, applied)


def _is_readable(bench: Workbench, applied: Applied) -> bool:
    """Whether the texts that the applied state names are there, unaltered and of this version's form."""
    try:
        policy_from_text(kept_text(bench.state, applied.policy))
        snapshot = kept_text(bench.state, applied.snapshot)
        compiled = kept_text(bench.state, applied.compiled)
    except WorldFailure:
        return False
    return is_snapshot_text(snapshot) and is_compiled_text(compiled)


def _policy_drift(bench: Workbench, applied: Applied) -> Iterator[str]:
    try:
        data = json.loads(kept_text(bench.state, applied.policy))
    except WorldFailure:
        return  # told as a damaged record
    try:
        difference = bench.policy_server.difference(data)
    except PolicyUnavailable as failure:
        away = "`engine plan --no-refresh` does not look there"
        raise PolicyUnavailable(failure.message, f"{failure.hint.rstrip('.')}; {away}.") from None
    if difference:
        yield f"the policy server {difference}"
