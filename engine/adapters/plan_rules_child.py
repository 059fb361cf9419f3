"""In the child: what a space's own plan rules say of one plan."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


def answer(payload: bytes) -> bytes:
    """The objects in `data.dataspace.plan.deny`, or why there are none to rely on."""
    with contextlib.suppress(OSError):  # where memory runs out, it is this process that ends
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    from regopy import Interpreter, RegoError

    asked = json.loads(payload)
    rego = Interpreter()
    rego.strict_built_in_errors = True
    try:
        for name, text in asked["modules"].items():
            rego.add_module(name, text)
        rego.add_data_json(json.dumps({"dataspace_facts": asked["facts"]}, ensure_ascii=False))
        rego.set_input_term(json.dumps(asked["plan"], ensure_ascii=False))
        results = rego.query_bundle_entrypoint(rego.build(None, [asked["entry"]]), asked["entry"]).results
    except (RegoError, ValueError) as failure:
        return json.dumps({"failure": type(failure).__name__}).encode()
    values = [value for result in results for value in result.expressions]
    return json.dumps({"values": values}, ensure_ascii=False).encode()
