"""Tells people of alerts: json to a webhook, a message to a mail server. Neither ever holds a number."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from engine.diagnostics import WorldFailure
from engine.model.space import AlertSettings, Mail, Webhook
from engine.ports import Notice

SECONDS = 10
"""How long a server may take to answer."""
WORDS = {"firing": "Alert", "resolved": "Resolved"}


@dataclass(frozen=True)
class SentNotices:
    """Implements the Notices port by what the space is set to."""

    settings: AlertSettings
    space: str
    """The space's name."""

    def send(self, notices: Sequence[Notice]) -> tuple[str, ...]:
        """Send each notice everywhere; returns a line for each place that did not take them."""
        if not notices:
            return ()
        return tuple(self._failures(notices))

    def _failures(self, notices: Sequence[Notice]) -> Iterator[str]:
        if self.settings.webhook is not None:
            try:
                self._post(self.settings.webhook, notices)
            except WorldFailure as failure:
                yield failure.message
        if self.settings.mail is not None:
            try:
                self._mail(self.settings.mail, notices)
            except WorldFailure as failure:
                yield failure.message

    def _post(self, hook: Webhook, notices: Sequence[Notice]) -> None:
        import httpx

        url = hook.url if hook.url is not None else _secret(hook.url_env or "")
        headers = {"Authorization": f"Bearer {_secret(hook.token_env)}"} if hook.token_env else {}
        try:
            with httpx.Client(timeout=SECONDS, headers=headers) as client:
                for notice in notices:
                    client.post(url, json=self._json(notice)).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            # The URL may be a secret: only what kind of failure it was is told.
            status = getattr(getattr(failure, "response", None), "status_code", "")
            said = f"{type(failure).__name__} {status}".strip()
            raise WorldFailure(f"alerts were not accepted by the webhook: {said}.") from None

    def _json(self, notice: Notice) -> dict[str, Any]:
        """`text` is what chat tools show; the rest is for programs."""
        return {
            "text": self._text(notice),
            "space": self.space,
            "run": notice.run,
            "status": notice.status,
            "dashboard": str(notice.dashboard),
            "alert": notice.name,
            "part": notice.part,
            "when": notice.when,
            "link": self._link(notice),
        }

    def _mail(self, mail: Mail, notices: Sequence[Notice]) -> None:
        import smtplib
        import ssl

        secure = ssl.create_default_context()
        try:
            server = (
                smtplib.SMTP_SSL(mail.host, mail.port, timeout=SECONDS, context=secure)
                if mail.security == "tls"
                else smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
            )
            with server:
                if mail.security == "starttls":
                    server.starttls(context=secure)
                if mail.user is not None:
                    server.login(mail.user, _secret(mail.password_env) if mail.password_env else "")
                for notice in notices:
                    server.send_message(self._message(mail, notice))
        except (OSError, smtplib.SMTPException) as failure:
            said = type(failure).__name__
            raise WorldFailure(f"alerts were not accepted by {mail.host}: {said}.") from None

    def _message(self, mail: Mail, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = mail.from_, ", ".join(mail.to)
        message["Subject"] = f"[{self.space}] {WORDS[notice.status]}: {notice.message}"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._text(notice) + "\n")
        return message

    def _text(self, notice: Notice) -> str:
        page = f"{notice.title} ({notice.part})" if notice.part else notice.title
        lines = [
            f"{WORDS[notice.status]}: {notice.message}",
            f"{page}, alert {notice.name}: {notice.when}",
            f"Run {notice.run} of {self.space}. {self._link(notice)}".strip(),
        ]
        return "\n".join(lines)

    def _link(self, notice: Notice) -> str:
        if self.settings.site is None:
            return ""
        page = notice.dashboard
        return f"{self.settings.site.rstrip('/')}/projects/{page.project}/dashboards/{page.name}.html"


def _secret(variable: str) -> str:
    """The value of an environment variable. Raises WorldFailure naming the variable alone."""
    found = os.environ.get(variable, "")
    if not found:
        raise WorldFailure(f"alerts were not sent: the environment variable {variable} is not set.")
    return found
