"""The rules and one space's facts as an OPA bundle: equal spaces give equal bytes."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from engine.policy.modules import PACKAGE, modules, policy_revision


def bundle(data: Mapping[str, Any]) -> bytes:
    """A bundle (tar.gz) that `opa run --server -b` loads and answers `/v1/data/dataspace/decision` from."""
    manifest = {
        "revision": f"{policy_revision()}-{data['revision']}",
        "roots": [PACKAGE, f"{PACKAGE}_facts"],
        "rego_version": 1,
        "metadata": {"space": data["space"]},
    }
    files = {
        ".manifest": _json(manifest),
        f"{PACKAGE}_facts/data.json": _json(data),
        **{f"{PACKAGE}/{name}": text.encode() for name, text in modules().items()},
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(files[name]), 0o644, 0
            tar.addfile(entry, io.BytesIO(files[name]))
    return gzip.compress(packed.getvalue(), mtime=0)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
