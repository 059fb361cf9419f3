"""A plan's steps: every one is carried out, and what an environment points at follows from them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from engine.addresses import Address
from engine.core.plan import Build, Forget, Publish, Step
from engine.core.state import Version
from engine.usecases.builds import Built
from engine.usecases.versions import Yard


@dataclass(frozen=True, slots=True)
class Todo:
    """A plan's steps by what is done with them; publishing is always the last of them."""

    builds: tuple[Build, ...]
    removals: tuple[Address, ...]

    @classmethod
    def of(cls, steps: tuple[Step, ...]) -> Todo:
        """The steps of a plan, every one of which is carried out."""
        builds: list[Build] = []
        removals: list[Address] = []
        for step in steps:
            match step:
                case Build():
                    builds.append(step)
                case Forget():
                    removals.append(step.address)
                case Publish():
                    assert step is steps[-1], "nothing follows publishing"
                case _:
                    assert_never(step)
        assert isinstance(steps[-1], Publish), "a plan that does anything publishes it"
        return cls(tuple(builds), tuple(removals))


@dataclass(frozen=True, slots=True)
class Done:
    """What was built, and what is removed when it is published."""

    built: tuple[Built, ...]
    removed: tuple[Address, ...] = ()


def versions_after(yard: Yard, done: Done) -> dict[Address, Version]:
    """What the environment points at after these steps: as before, but for what was built and removed."""
    gone = frozenset(done.removed)
    kept = {address: version for address, version in yard.applied.versions.items() if address not in gone}
    after = kept | {b.record.address: b.version for b in done.built if b.version is not None}
    assert after.keys() == yard.desired.compiled.keys(), "the plan's steps make what its specs say"
    return {address: after[address] for address in yard.desired.compiled}
