"""Alerts of dashboards: found at apply, kept in the run record, told by webhook and mail, without numbers."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

from tests.conftest import Cli, WriteSpace, lacking

PAGE = """
kind: Dashboard
name: beds
title: Beds
datasets: {beds: beds, small: small}
rows:
  - - {kpi: "sum(beds)", from: beds, title: Beds}
alerts:
  - {name: few, when: "sum(beds.beds) < 100", message: Too few beds}
  - {name: many, when: "sum(beds.beds) / count(beds) > 1000 or count(beds) = 0"}
  - {name: hidden, when: "count(distinct small.person) < 5"}
"""
SMALL = """
kind: Dataset
name: small
from: {file: ../../../data/small.csv}
protect: {unit: person, min_cell: 5}
"""


def files(beds: int, port: int, mail: int) -> dict[str, str]:
    return {
        "specs/space.yaml": f"""
kind: Space
name: clinic
alerts:
  site: https://data.example.org/
  webhook: {{url: "http://127.0.0.1:{port}/hook", token_env: HOOK_TOKEN}}
  mail: {{host: 127.0.0.1, port: {mail}, security: none, from: engine@example.org, to: [duty@example.org]}}
""",
        "specs/projects/p/project.yaml": "kind: Project\nname: p\n",
        "specs/projects/p/beds.yaml": "kind: Dataset\nname: beds\nfrom: {file: ../../../data/beds.csv}\n",
        "specs/projects/p/small.yaml": SMALL,
        "specs/projects/p/page.yaml": PAGE,
        "data/beds.csv": f"ward,beds\na,{beds}\nb,1\n",
        "data/small.csv": "person,x\nq1,1\nq2,2\n",
    }


class Hook(ThreadingHTTPServer):
    """A webhook on the loopback interface that keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answer = 200


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Hook)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers.get("Authorization", ""), json.loads(body)))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Inbox:
    """What a mail server on the loopback interface was given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def serving(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A mail server that puts what it is given into the inbox; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@pytest.fixture
def mailer() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with serving(inbox) as port:
        yield inbox, port


def changed(cli: Cli, beds: int) -> None:
    (cli.folder / "data/beds.csv").write_text(f"ward,beds\na,{beds}\nb,1\n")


def applied(cli: Cli, **env: str) -> tuple[dict[str, Any], str]:
    done = cli("apply", "--yes", "--format", "json", env={"HOOK_TOKEN": "s3cret", **env})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_an_alert_is_told_when_it_begins_and_when_it_ceases_to_hold(
    write_space: WriteSpace, hook: Hook, mailer: tuple[Inbox, int]
) -> None:
    inbox, port = mailer
    cli = write_space(files(500, hook.server_port, port))
    run, _ = applied(cli)
    assert run["alerts"] == [
        {"address": "dashboard/p/beds", "name": "few", "status": "quiet"},
        {"address": "dashboard/p/beds", "name": "many", "status": "quiet"},
        {"address": "dashboard/p/beds", "name": "hidden", "status": "withheld"},
    ]
    assert (hook.got, inbox.mails) == ([], [])

    changed(cli, 30)
    run, _ = applied(cli)
    assert run["alerts"][0]["status"] == "firing"
    ((token, told),) = hook.got
    assert token == "Bearer s3cret"
    assert told["status"] == "firing"
    assert told["dashboard"] == "dashboard/p/beds"
    assert told["alert"] == "few"
    assert told["when"] == "sum(beds.beds) < 100"
    assert told["link"] == "https://data.example.org/projects/p/dashboards/beds.html"
    assert "Too few beds" in told["text"]
    (mail,) = inbox.mails
    assert mail["Subject"] == "[clinic] Alert: Too few beds"
    assert mail["To"] == "duty@example.org"
    assert "31" not in json.dumps(told) + mail.get_content(), "no number is told"

    changed(cli, 20)
    applied(cli)
    assert len(hook.got) == 1, "what goes on is not told again"
    changed(cli, 200)
    applied(cli)
    assert [told["status"] for _, told in hook.got] == ["firing", "resolved"]
    assert [mail["Subject"].split(":")[0] for mail in inbox.mails] == ["[clinic] Alert", "[clinic] Resolved"]


def test_the_run_record_and_the_site_tell_what_fires(
    write_space: WriteSpace, hook: Hook, mailer: tuple[Inbox, int]
) -> None:
    cli = write_space(files(30, hook.server_port, mailer[1]))
    said = cli("apply", "--yes", env={"HOOK_TOKEN": "s3cret"}).stdout
    assert "alert firing: dashboard/p/beds few" in said
    (record,) = json.loads(cli.ok("log", "prod-00001", "--format", "json"))
    assert record["alerts"][0]["status"] == "firing"
    assert "alert firing: dashboard/p/beds few" in cli.ok("log", "prod-00001")
    site = cli.folder / ".dataspace/site/prod"
    assert "Alert" in (site / "index.html").read_text()
    assert "few" in (site / "runs/prod-00001.html").read_text()
    everything = b"".join(p.read_bytes() for p in (cli.folder / ".dataspace").rglob("*") if p.is_file())
    assert b"s3cret" not in everything


def test_servers_that_refuse_are_a_warning_and_undo_nothing(
    write_space: WriteSpace, hook: Hook, mailer: tuple[Inbox, int]
) -> None:
    hook.answer = 500
    inbox, port = mailer
    cli = write_space(files(30, hook.server_port, port))
    run, said = applied(cli)
    assert run["status"] == "succeeded"
    assert "warning: alerts were not accepted by the webhook: HTTPStatusError 500." in said
    assert len(inbox.mails) == 1, "the other place is told all the same"
    assert "No changes" in cli.ok("apply", "--yes")


def test_a_missing_variable_is_named_and_its_value_never(
    write_space: WriteSpace, hook: Hook, mailer: tuple[Inbox, int]
) -> None:
    cli = write_space(files(30, hook.server_port, mailer[1]))
    _, said = applied(cli, HOOK_TOKEN="")
    assert "the environment variable HOOK_TOKEN is not set" in said
    assert hook.got == []


def test_a_preview_wakes_nobody(write_space: WriteSpace, hook: Hook, mailer: tuple[Inbox, int]) -> None:
    cli = write_space(files(30, hook.server_port, mailer[1]))
    run = json.loads(cli.ok("--env", "pr-1", "apply", "--yes", "--format", "json"))
    assert run["alerts"][0]["status"] == "firing"
    assert (hook.got, mailer[0].mails) == ([], [])


def test_each_page_of_each_has_its_own_alert(
    write_space: WriteSpace, hook: Hook, mailer: tuple[Inbox, int]
) -> None:
    texts = files(30, hook.server_port, mailer[1])
    texts["specs/projects/p/page.yaml"] = """
kind: Dashboard
name: beds
each: {ward: [a, b]}
datasets: {beds: {dataset: beds, where: "ward = {{ ward }}"}}
rows: [[{kpi: "sum(beds)", from: beds, title: Beds}]]
alerts: [{name: few, when: "sum(beds.beds) < 10", message: "Ward {{ ward }} has too few"}]
"""
    run, _ = applied(write_space(texts))
    assert [(a["part"], a["status"]) for a in run["alerts"]] == [("a", "quiet"), ("b", "firing")]
    assert [told["text"].splitlines()[0] for _, told in hook.got] == ["Alert: Ward b has too few"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that nobody trusts by itself, and its key."""
    if shutil.which("openssl") is None:
        lacking("openssl")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("trusted", [True, False])
def test_mail_goes_over_tls_to_a_server_that_proves_its_name_with_a_password_from_the_environment(
    write_space: WriteSpace, hook: Hook, certificate: tuple[Path, Path], trusted: bool
) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def check(server: object, session: object, envelope: object, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    inbox, secure = Inbox(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(*certificate)
    with serving(inbox, authenticator=check, auth_required=True, tls_context=secure) as port:
        texts = files(30, hook.server_port, port)
        texts["specs/space.yaml"] = texts["specs/space.yaml"].replace(
            "security: none", "user: engine, password_env: MAIL_PASSWORD"
        )
        trust = {"SSL_CERT_FILE": str(certificate[0])} if trusted else {}
        _, said = applied(write_space(texts), MAIL_PASSWORD="pa55word", **trust)
    if trusted:
        assert "warning: alerts" not in said
        assert seen == [(b"engine", b"pa55word")]
        assert len(inbox.mails) == 1
    else:
        assert "alerts were not accepted by 127.0.0.1: SSLCertVerificationError." in said
        assert (seen, inbox.mails) == ([], [])


@pytest.mark.parametrize(
    ("alert", "complaint"),
    [
        ("{name: a, when: sum(beds.bed) < 1}", 'no column "bed" here. Did you mean "beds"?'),
        ("{name: a, when: sum(bedz.beds) < 1}", 'Did you mean "beds"?'),
        ("{name: a, when: sum(beds.beds)}", "Write a comparison"),
        ("{name: a, when: 1 < 2}", "Compare an aggregate"),
        ("{name: a, when: max(small.x) > 1}", "is one person's value"),
        ('{name: a, when: count(beds) < 1, message: "{{ sum(beds.beds) }}"}', "A message holds no numbers"),
        ("{name: a, wen: count(beds) < 1}", 'Did you mean "when"?'),
    ],
)  # fmt: skip
def test_mistakes_in_alerts_are_told_with_their_place(
    write_space: WriteSpace, alert: str, complaint: str
) -> None:
    texts = files(30, 1, 2)
    texts["specs/projects/p/page.yaml"] = PAGE.partition("alerts:")[0] + f"alerts:\n  - {alert}\n"
    done = write_space(texts)("validate")
    assert done.returncode == 1
    assert "specs/projects/p/page.yaml:9:" in done.stdout + done.stderr
    assert complaint in done.stdout + done.stderr


def test_a_credential_in_a_webhook_is_refused(write_space: WriteSpace, tmp_path: Path) -> None:
    texts = files(30, 1, 2)
    texts["specs/space.yaml"] = texts["specs/space.yaml"].replace(
        "http://127.0.0.1:1", "http://me:pw@127.0.0.1:1"
    )
    done = write_space(texts)("validate")
    assert done.returncode == 1
    assert "a credential is never written" in (done.stdout + done.stderr).lower()
    assert "pw@" not in done.stdout + done.stderr
