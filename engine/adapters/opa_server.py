"""The policy engine in an OPA server: rules and data are pushed to it, requests asked in batches.

Rules and data are kept under a root that names the revision of both, so spaces, environments and engine
versions share a server without seeing each other. What a server does not hold yet (also after it was
started anew) is pushed; what it holds differently under our name is never trusted and never overwritten in
passing: every request is then refused until `engine policy push`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from opa_client.errors import (
    DeleteDataError,
    DeletePolicyError,
    PolicyNotFoundError,
    RegoParseError,
)
from opa_client.opa import OpaClient
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import RequestException, Timeout
from urllib3.exceptions import ReadTimeoutError

from engine.diagnostics import PolicyUnavailable, WorldFailure
from engine.model.space import PolicySettings
from engine.policy.answers import decisions_from, request_as_input
from engine.policy.decision import Decision, Request, doubt
from engine.policy.modules import PACKAGE, one_module, policy_revision

BATCH: Final = 100
"""Requests per round trip."""
NotTaken: Final = (RegoParseError, PolicyNotFoundError, DeletePolicyError, DeleteDataError)
"""What the client raises when the server answers with an error; it has no common class for them."""
Malformed: Final = (ValueError, KeyError, TypeError, AttributeError)
"""What the client raises when an answer is not of the shape it expects."""
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class OpaServer:
    """Decides by the shipped modules over one document of policy data, in an OPA server."""

    def __init__(self, settings: PolicySettings, data: Mapping[str, Any]) -> None:
        self._url = settings.url or "http://127.0.0.1:8181"
        self._client = _client(self._url, _seconds(settings.timeout))
        self._data = dict(data)
        self._revision = str(data.get("revision", ""))
        self._root = f"{PACKAGE}_{policy_revision()[:12]}_{self._revision[:12]}"
        self._lock = threading.Lock()
        self._ready = False

    def decide(self, request: Request) -> Decision:
        """The decision on one request."""
        return self.decide_many((request,))[0]

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked; one round trip for each few hundred."""
        found: list[Decision] = []
        for start in range(0, len(requests), BATCH):
            found += self._decide(requests[start : start + BATCH])
        return tuple(found)

    def push(self) -> str:
        """Write rules and data to the server and drop what this space kept there before; the root's name.

        Raises PolicyUnavailable.
        """
        self._push()
        self.drop_others()
        return self._root

    def difference(self) -> str:
        """How the server's rules and data are not those given, in words; empty when they are.

        Raises PolicyUnavailable.
        """
        if self._root not in self._call("get_policies_list"):
            return "does not hold the policy"
        if self._strangers():
            return "holds rules of others beside the policy's"
        if _part(self._call("get_policy", self._root), "result", "raw") != one_module(self._root):
            return "holds other rules"
        facts = _part(self._call("query_rule", {}, f"{self._root}_facts"), "result")
        return "" if facts == json.loads(json.dumps(self._data)) else "holds other policy data"

    def put(self) -> None:
        """Write rules and data to the server unless it holds them. Raises PolicyUnavailable."""
        if self.difference():
            for stranger in self._strangers():
                self._call("delete_policy", stranger)
            self._push()

    def _strangers(self) -> tuple[str, ...]:
        """Modules of another name in the package that is ours: rules added to it decide with it."""
        found = self._call("get_policies_info")
        ours = f"data/{self._root}"
        paths = {name: f"{_part(info, 'path')}/" for name, info in found.items() if name != self._root}
        return tuple(sorted(name for name, path in paths.items() if f"/{ours}/" in path))

    def _decide(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        asked = {"requests": [request_as_input(request) for request in requests]}
        try:
            answer = self._answer(asked)
        except PolicyUnavailable as failure:
            self._ready = False
            return (doubt(failure.message),) * len(requests)
        return decisions_from(answer, len(requests), self._revision)

    def _answer(self, asked: Mapping[str, Any]) -> Any:
        """The server's answer; rules and data are pushed first, and again when it has lost them."""
        for _ in range(2):
            with self._lock:
                if not self._ready:
                    self._make_ready()
            answer = self._call("query_rule", dict(asked), self._root, "decisions")
            if isinstance(answer, dict) and "result" in answer:
                return answer["result"]
            self._ready = False
        raise PolicyUnavailable(f"the policy server at {self._url} does not keep what it is given")

    def _make_ready(self) -> None:
        held = self._held()
        if held is None:
            self._push()
        elif held != (one_module(self._root), self._revision):
            raise PolicyUnavailable(
                f"the policy server at {self._url} holds another revision of policy or data",
                "run `engine policy push`.",
            )
        self._ready = True

    def _held(self) -> tuple[str, str] | None:
        """The rules and the revision of the data under our root; None when either is missing."""
        if self._root not in self._call("get_policies_list"):
            return None
        rules = _part(self._call("get_policy", self._root), "result", "raw")
        revision = _part(self._call("query_rule", {}, self._root, "revision"), "result")
        return (str(rules), str(revision)) if revision else None

    def _push(self) -> None:
        self._call("update_or_create_data", self._data, f"{self._root}_facts")
        self._call("update_policy_from_string", one_module(self._root), self._root, rego_compat=False)

    def drop_others(self) -> None:
        """Take away older revisions of this space's rules and data. Raises PolicyUnavailable."""
        for root in self._call("get_policies_list"):
            if root == self._root or not root.startswith(f"{PACKAGE}_"):
                continue
            space = _part(self._call("query_rule", {}, f"{root}_facts", "space"), "result")
            if space == self._data["space"]:
                self._call("delete_policy", root)
                self._call("delete_data", f"{root}_facts")

    def _call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Call the client. Whatever it cannot make sense of is the server's fault: PolicyUnavailable."""
        try:
            return getattr(self._client, name)(*arguments, **options)
        except (RequestException, *NotTaken, *Malformed) as failure:
            raise PolicyUnavailable(self._said(failure), f"see to the OPA server at {self._url}.") from None

    def _said(self, failure: Exception) -> str:
        match failure:
            case _ if isinstance(failure, Timeout) or _timed_out(failure):
                return f"the policy server at {self._url} did not answer in time"
            case NoConnection():
                return f"the policy server at {self._url} cannot be reached"
            case RequestException() if failure.response is not None:
                return f"the policy server at {self._url} answered with status {failure.response.status_code}"
            case _ if isinstance(failure, NotTaken):
                return f"the policy server at {self._url} does not take the policy"
            case _:
                return f"the policy server at {self._url} gave no well-formed answer"


def _timed_out(failure: Exception) -> bool:
    """A timeout that comes out as a lost connection, which is how it looks when nothing is retried."""
    inner = failure.args[0] if failure.args else None
    return isinstance(getattr(inner, "reason", None), ReadTimeoutError)


def _part(value: Any, *keys: str) -> Any:
    """A part of an answer; None when it has none there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _client(url: str, timeout: float) -> OpaClient:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise WorldFailure(
            f'"{url}" is no address of an OPA server.', "write `url: http://host:8181` under `policy:`."
        )
    secure = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return OpaClient(host=host, port=port or (443 if secure else 80), ssl=secure, retries=0, timeout=timeout)


def _seconds(duration: str) -> float:
    return float(int(duration[:-1]) * _SECONDS[duration[-1]])
