"""A space's own plan rules: `specs/policies/*.rego`, package `dataspace.plan`, rule `deny`."""

from __future__ import annotations

from typing import Final

from engine.addresses import Address, AddressError
from engine.core.plan import Desired, Plan
from engine.core.plan_json import plan_as_json
from engine.diagnostics import Diagnostic, SourceSpan, error
from engine.ports import PlanRules, SpecSource

PACKAGE: Final = "dataspace.plan"


def rule_findings(specs: SpecSource) -> tuple[Diagnostic, ...]:
    """What is wrong with the space's own rules; a broken rule is an error, never passed over."""
    modules = _modules(specs)
    if not modules:
        return ()
    from engine.policy.lint import lint
    from engine.policy.lint_names import package_findings

    unread = tuple(
        error("rego-text", SourceSpan(path), "This is not UTF-8.")
        for path, text in modules.items()
        if text is None
    )
    texts = {path: text or "" for path, text in modules.items()}
    return unread or (*package_findings(texts, PACKAGE), *lint(texts))


def rule_gates(specs: SpecSource, rules: PlanRules, plan: Plan, desired: Desired) -> tuple[Diagnostic, ...]:
    """The refusals of the space's own rules, at what they are about. Raises PolicyUnavailable."""
    modules = {path: text for path, text in _modules(specs).items() if text is not None}
    if not modules:
        return ()
    refusals = rules.deny(modules, plan_as_json(plan), desired.policy_data)
    place = SourceSpan(next(iter(modules)))
    return tuple(
        error(refusal["code"], _place(desired, refusal["address"], place), refusal["message"])
        for refusal in refusals
    )


def _modules(specs: SpecSource) -> dict[str, str | None]:
    """Path to text; None for one that is no text."""
    found: dict[str, str | None] = {}
    for file in specs.rules():
        try:
            found[file.path] = file.content.decode("utf-8")
        except UnicodeDecodeError:
            found[file.path] = None
    return found


def _place(desired: Desired, address: str, otherwise: SourceSpan) -> SourceSpan:
    try:
        parsed = Address.parse(address)
    except AddressError:
        return otherwise
    if parsed in desired.space.datasets:
        return desired.space.datasets[parsed].span()
    resource = desired.space.resources.get(parsed)
    return resource.span() if resource else otherwise
