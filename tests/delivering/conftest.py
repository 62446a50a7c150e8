"""A real SMTP server on loopback that answers as a test says."""

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from ..free_ports import free_port

#: Seconds; the server starts and stops at once, on a machine that does nothing else.
PATIENCE = 90


class TidyController(Controller):
    """Closes what clients have left open before its loop ends, so that no socket outlives a test."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, ready_timeout=PATIENCE, **options)
        self.protocols: list[SMTP] = []

    def factory(self) -> SMTP:
        protocol = super().factory()
        self.protocols.append(protocol)
        return protocol

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(timeout=PATIENCE)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        for protocol in self.protocols:
            if protocol.transport is not None:
                protocol.transport.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        await asyncio.sleep(0)


class MailServer:
    """Takes e-mails, or refuses them: what it answers to each recipient, to each body, and whether it hangs up."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received: list[EmailMessage] = []
        #: To whom each of those was sent.
        self.envelopes: list[list[str]] = []
        self.recipients: list[str] = []
        self.sessions = 0
        #: Address -> answer to RCPT.
        self.answers: dict[str, str] = {}
        self.answer_to_sender = ""
        self.answer_to_body = ""
        #: Hang up instead of answering: after "RCPT", or after the "DATA" that was taken.
        self.hangs_up_after = ""
        self._controller: TidyController | None = None

    def start(self, **options: Any) -> None:
        self._controller = TidyController(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def received_by(self, address: str) -> list[EmailMessage]:
        """What was sent to an address, whomever its headers name."""
        return [message for message, to in zip(self.received, self.envelopes, strict=True) if address in to]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 (aiosmtpd's names)
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.answer_to_sender:
            return self.answer_to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.recipients.append(address)
        if self.hangs_up_after == "RCPT":
            server.transport.abort()
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer_to_body:
            return self.answer_to_body
        self.envelopes.append(list(envelope.rcpt_tos))
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.hangs_up_after == "DATA":
            server.transport.abort()
        return "250 OK"


def refuse_login(server, session, envelope, mechanism, auth_data) -> AuthResult:
    return AuthResult(success=False, handled=False)


@pytest.fixture
def stopped_mail_server(settings) -> Iterator[MailServer]:
    """The site's mail server, which is down: nothing listens at its port."""
    port = free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    server = MailServer(port)
    yield server
    server.stop()


@pytest.fixture
def mail_server(stopped_mail_server) -> MailServer:
    """The site's mail server."""
    stopped_mail_server.start()
    return stopped_mail_server


@pytest.fixture
def unused_port() -> int:
    """A port at which nothing listens."""
    return free_port()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port at which connections are taken and nothing is ever said."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def greet(settings) -> Iterator[Any]:
    """A function that makes the site's mail server one which says a line to each client and hangs up."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()

        def greet_with(line: str) -> None:
            threading.Thread(target=answer, args=(line,), daemon=True).start()

        def answer(line: str) -> None:
            client, _address = listener.accept()
            with client:
                client.sendall(line.encode() + b"\r\n")

        yield greet_with
