"""A declassification is approved by whoever may open the data it lowers, and not by whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.addresses import Address
from engine.core.space import DatasetNode
from engine.diagnostics import Diagnostic, error, warning
from engine.policy.approvals import Approvals
from engine.policy.gates import Governance
from engine.policy.gates_narrowing import is_computed_anew, is_reviewed_anew


def declassify_gates(approvals: Approvals, actor: str | None) -> tuple[Diagnostic, ...]:
    """An error at each new declassification by the wrong person; a warning where an old one no longer fits.

    It is approved by one who owns every origin that has something to lower (a level above the dataset's
    lowest column, tags, a data policy), or by one whose role approves applications.
    """
    after = approvals.after
    reviewed = [
        (a, node) for a, node in after.space.datasets.items() if node.declassify and a in after.compiled
    ]
    return tuple(finding for a, node in reviewed for finding in _findings(approvals, a, node, actor))


def _findings(
    approvals: Approvals, address: Address, node: DatasetNode, actor: str | None
) -> Iterator[Diagnostic]:
    assert node.declassify is not None
    approver, span = node.declassify.approved_by, node.span("declassify", "approved_by")
    origins = origins_lowered(approvals.after, address)
    named = ", ".join(map(str, origins))
    is_new = is_reviewed_anew(address, approvals.before, approvals.after)
    if is_new and approver == actor:
        yield error(
            "declassify-approver",
            span,
            f"{approver} declassifies {address} and cannot approve it as well.",
            f"Let the owner of {named} approve it, or someone whose role approves applications.",
        )
    elif not approvals.may(approver, origins):
        tell = error if is_new else warning
        yield tell(
            "declassify-approver",
            span,
            f"{approver} may not approve the declassification of {address}{'' if is_new else ' any more'}.",
            f"It is approved by the owner of {named}, or by someone whose role approves applications.",
        )
    if not is_new and is_computed_anew(address, approvals.before, approvals.after):
        yield warning(
            "declassify-earlier",
            node.span("declassify"),
            f"{approver} declassified what {address} computed before; now it computes something else.",
            "Have it looked at again, and say with a new `reason` that it was.",
        )


def origins_lowered(after: Governance, address: Address) -> tuple[Address, ...]:
    """The collected datasets it comes from that have something to lower; all of them where none has."""
    lowest = min(map(after.levels.index, after.compiled[address].levels.values()), default=0)
    waiting, seen = [address], set[Address]()
    while waiting:
        nearest = waiting.pop()
        if nearest not in seen and nearest in after.compiled:
            seen.add(nearest)
            waiting += after.compiled[nearest].inputs.values()
    origins = sorted(a for a in seen if not after.compiled[a].inputs)
    lowered = [
        origin
        for origin in origins
        if after.level(origin) > lowest
        or after.compiled[origin].tags
        or after.data["policies"].get(str(origin))
    ]
    return tuple(lowered or origins)
