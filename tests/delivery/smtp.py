"""A real mail server on this machine, with the faults that real ones have."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from wattkeeper.common.mail_server import MailServer


@dataclass
class Post:
    """The server's handler: what it got, and what it is to answer to RCPT, to DATA, or never."""

    got: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    to_rcpt: str = ""
    to_data: str = ""
    port: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.to_rcpt:
            envelope.rcpt_tos.append(address)
        return self.to_rcpt or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.to_data:
            return self.to_data
        assert isinstance(envelope.content, bytes)
        self.got.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK, queued"

    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.got]

    def server(self, **changes: Any) -> MailServer:
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "",
            "password": "",
            "security": "none",
        }
        return MailServer(**values | changes)


class Credentials:
    """One user, `house`, with one password."""

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"house", b"p@ss word")
        return AuthResult(success=is_right, handled=False)


class OnAnyPort(Controller):
    """On the port that the system gives it; its first look at itself needs to know which."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def post_office(
    tls: ssl.SSLContext | None = None, *, is_tls_from_start: bool = False, **options: Any
) -> Iterator[Post]:
    """A server on a free port; with `tls` it offers STARTTLS, or speaks TLS from the first byte."""
    post = Post()
    options["ssl_context" if is_tls_from_start else "tls_context"] = tls
    controller = OnAnyPort(post, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        post.port = controller.port
        yield post
    finally:
        controller.stop()
