"""By day a share of the attacks; every night (ENGINE_NIGHTLY=1, scripts/nightly-disclosure) all of them."""

from __future__ import annotations

import os

collect_ignore = (
    []
    if os.environ.get("ENGINE_NIGHTLY")
    else [
        "test_expression_places.py",
        "test_random_expressions.py",
        "test_what_commands_say.py",
    ]
)
