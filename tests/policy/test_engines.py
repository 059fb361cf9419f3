"""Two engines, one policy: equal answers, and no harm from threads, crashes or servers that are gone."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opa_client.opa import OpaClient

from engine.adapters.embedded_rego import EmbeddedRego, rules
from engine.adapters.opa_server import OpaServer
from engine.adapters.policy_engines import policy_engine
from engine.addresses import Address
from engine.diagnostics import WorldFailure
from engine.model.space import PolicySettings
from engine.policy.compile import policy_data
from engine.policy.decision import Decision, Request, doubt
from tests.policy.generated import TODAY, random_requests, random_space
from tests.policy.opa import OpaProcess, free_port

SPACES = 25
REQUESTS = 400


def served(server: OpaProcess | str, data: dict[str, Any], timeout: str = "60s") -> OpaServer:
    url = server if isinstance(server, str) else server.url
    return OpaServer(PolicySettings(engine="opa", url=url, timeout=timeout), data)


@pytest.mark.opa
@pytest.mark.slow
def test_both_engines_agree_on_ten_thousand_generated_requests(opa_server: OpaProcess) -> None:
    allowed = 0
    for seed in range(SPACES):
        space, compiled = random_space(seed)
        data = policy_data(space, compiled)
        asked = random_requests(seed, space, REQUESTS)
        server = served(opa_server, data)
        server.push()  # drops what the server held of this space: it compiles all it holds on every write
        here, there = EmbeddedRego(data).decide_many(asked), server.decide_many(asked)
        for request, one, other in zip(asked, here, there, strict=True):
            assert one == other, request
        allowed += sum(decision.allow for decision in here)
    assert SPACES * REQUESTS == 10_000
    assert allowed > 1_000


@pytest.mark.slow
def test_eight_threads_get_the_answers_of_one_in_flat_memory() -> None:
    space, compiled = random_space(3)
    data = policy_data(space, compiled)
    engine, asked = EmbeddedRego(data), random_requests(3, space, 200)
    expected = engine.decide_many(asked)
    wrong: list[Request] = []

    def ask() -> None:
        for _ in range(10):
            for start in range(0, len(asked), 20):
                part = slice(start, start + 20)
                if engine.decide_many(asked[part]) != expected[part]:
                    wrong.extend(asked[part])

    def together() -> None:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together_once = [engine.decide_many(asked) for _ in range(3)]
    assert all(decisions == expected for decisions in together_once)
    before = resident()
    together()
    assert wrong == []
    assert resident() < before * 1.05


def resident() -> int:
    """Memory in use by this process and the interpreter's, in pages."""
    pids = (os.getpid(), rules().pid)
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)


def test_an_interpreter_that_dies_refuses_and_the_next_question_is_answered() -> None:
    space, compiled = random_space(3)
    engine, asked = EmbeddedRego(policy_data(space, compiled)), random_requests(3, space, 20)
    expected = engine.decide_many(asked)
    pid = rules().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    for decision in engine.decide_many(asked):
        assert decision == doubt("the policy engine of this machine failed")
    assert engine.decide_many(asked) == expected


@pytest.mark.opa
def test_a_killed_server_refuses_everything_and_recovers_when_it_is_back(opa: str) -> None:
    space, compiled = random_space(4)
    data, asked = policy_data(space, compiled), random_requests(4, space, 40)
    server = OpaProcess(opa).start()
    try:
        engine = served(server, data)
        expected = engine.decide_many(asked)
        assert any(decision.allow for decision in expected)
        server.stop()
        for decision in engine.decide_many(asked):
            away = f"the policy server at {server.url} cannot be reached"
            assert decision == Decision(False, (away,), unanswered=True)
        server.start()
        assert engine.decide_many(asked) == expected
    finally:
        server.stop()


@pytest.mark.opa
def test_a_server_that_holds_other_rules_under_our_name_is_not_trusted(opa_server: OpaProcess) -> None:
    space, compiled = random_space(5)
    data, asked = policy_data(space, compiled), random_requests(5, space, 20)
    engine = served(opa_server, data)
    root = engine.push()
    client = OpaClient(host="127.0.0.1", port=opa_server.port, timeout=120)
    answer = '{"allow": true, "reasons": ["yes"], "via": [], "revision": revision}'
    forged = f'package {root}\ndecisions := [{answer} | input.requests[_]]\nrevision := "{data["revision"]}"'
    client.update_policy_from_string(forged, root)
    for fresh in (engine, served(opa_server, data)):
        assert not any(decision.allow for decision in fresh.decide_many(asked))
    (reason,) = served(opa_server, data).decide(asked[0]).reasons
    assert "holds another revision" in reason
    engine.push()
    assert served(opa_server, data).decide_many(asked) == EmbeddedRego(data).decide_many(asked)


@pytest.mark.opa
def test_two_spaces_share_a_server_and_a_push_drops_only_what_its_own_space_had(
    opa_server: OpaProcess,
) -> None:
    client = OpaClient(host="127.0.0.1", port=opa_server.port, timeout=120)
    one, other = (policy_data(*random_space(seed)) for seed in (11, 12))
    other = other | {"space": "space/other", "revision": "0123456789abcdef"}
    kept = served(opa_server, other).push()
    first = served(opa_server, one | {"revision": "f" * 32}).push()
    second = served(opa_server, one).push()
    held = client.get_policies_list()
    assert kept in held
    assert second in held
    assert first not in held


class _Liar(BaseHTTPRequestHandler):
    """A server that answers whatever it was made to answer."""

    said = b""
    seconds = 0.0

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.seconds)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.said)))
            self.end_headers()
            self.wfile.write(self.said)

    def log_message(self, *_: Any) -> None:
        """Nothing is written to stderr."""


@pytest.mark.parametrize(
    "said",
    [b"", b"no json", b"[]", b"{}", b'{"result": true}', b'{"result": [true]}', b'{"result": []}', b"null",
     json.dumps({"result": [{"allow": True, "reasons": ["x"], "via": [], "revision": "r"}]}).encode()],
)  # fmt: skip
def test_an_answer_that_is_not_exactly_well_formed_is_a_refusal(said: bytes) -> None:
    data = policy_data(*random_space(6))
    handler = type("Liar", (_Liar,), {"said": said})
    with HTTPServer(("127.0.0.1", 0), handler) as liar:
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        engine = served(f"http://127.0.0.1:{liar.server_port}", data)
        request = Request("u0", "see", Address.parse("catalog/e_d0"), "127.0.0.1", TODAY)
        decision = engine.decide(request)
        liar.shutdown()
    assert not decision.allow
    assert decision.reasons[0].startswith("the policy ")


def test_a_server_that_does_not_answer_in_time_is_a_refusal() -> None:
    handler = type("Sleeper", (_Liar,), {"seconds": 2.0})
    with HTTPServer(("127.0.0.1", 0), handler) as sleeper:
        threading.Thread(target=sleeper.serve_forever, daemon=True).start()
        engine = served(f"http://127.0.0.1:{sleeper.server_port}", policy_data(*random_space(6)), "1s")
        decision = engine.decide(Request("u0", "see", Address.parse("catalog/e_d0"), "127.0.0.1", TODAY))
        sleeper.shutdown()
    assert decision.reasons == (
        f"the policy server at http://127.0.0.1:{sleeper.server_port} did not answer in time",
    )


def test_no_server_is_a_refusal_with_its_address() -> None:
    port = free_port()
    engine = policy_engine(
        PolicySettings(engine="opa", url=f"http://127.0.0.1:{port}"), policy_data(*random_space(6))
    )
    decision = engine.decide(Request("u0", "see", Address.parse("catalog/e_d0"), "127.0.0.1", TODAY))
    assert decision.reasons == (f"the policy server at http://127.0.0.1:{port} cannot be reached",)


def test_an_address_that_is_no_server_is_said_at_once() -> None:
    with pytest.raises(WorldFailure, match="no address of an OPA server"):
        policy_engine(PolicySettings(engine="opa", url="ftp://x"), policy_data(*random_space(6)))


def test_no_sound_answer_comes_from_data_that_is_not_there() -> None:
    request = Request("u0", "see", Address.parse("catalog/e_d0"), "127.0.0.1", TODAY)
    assert not EmbeddedRego({}).decide(request).allow
    for data in ({"users": []}, {"users": {"u0": None}}, {"exists": {"x": 1}, "resources": None}):
        assert not EmbeddedRego(data).decide(request).allow
