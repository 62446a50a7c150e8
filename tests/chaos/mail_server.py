"""A mail server that misbehaves, and keeps book: what it has accepted for whom, when, and how each session ended."""

import contextlib
import random
import re
import socket
import threading
import time
from dataclasses import dataclass, field

from tests.free_ports import free_port

#: What may happen to a message, with its share; the rest is taken as it should be.
SHARES = {
    "4xx at RCPT": 0.05,
    "4xx at DATA": 0.05,
    "drops before accepting": 0.04,
    "drops after accepting": 0.04,
    "hangs before accepting": 0.01,
    "hangs after accepting": 0.01,
}
#: Seconds for which it hangs: longer than ``EMAIL_TIMEOUT``.
HANGS = 3.0


@dataclass
class Session:
    """One connection; ``ended`` says how: "quit", or "" for one that broke."""

    ended: str = ""


@dataclass(frozen=True)
class Acceptance:
    """One message taken for one recipient."""

    message_id: str
    recipient: str
    at: float
    session: Session
    #: Whether the server itself then kept the answer back.
    is_unanswered: bool


@dataclass
class MailServer:
    """Listens until ``close``; ``is_calm`` ends the misbehaving, except that ``refused`` addresses stay refused."""

    seed: int
    refused: set[str]
    is_calm: bool = False
    mailbox: list[Acceptance] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._clients: set[socket.socket] = set()
        #: Set once it has taken an e-mail.
        self.has_taken = threading.Event()
        self.port = free_port()
        self.open()

    def open(self) -> None:
        """Listen, at the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._listen, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Be away: hang up on everybody, take no connection."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _listen(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._clients.add(client)
        with contextlib.suppress(OSError, EOFError), client, client.makefile("rb") as lines:
            _Conversation(self, client, lines).hold()
        self._clients.discard(client)

    def fate(self) -> str:
        """What happens to the next message."""
        with self._lock:
            drawn = self._random.random()
            for fate, share in SHARES.items():
                drawn -= share
                if drawn < 0 and not self.is_calm:
                    self.done[fate] = self.done.get(fate, 0) + 1
                    return fate
        return ""


class _Conversation:
    def __init__(self, server: MailServer, client: socket.socket, lines) -> None:
        self.server, self.client, self.lines = server, client, lines
        self.session = Session()
        self.recipients: list[str] = []
        self.fate = ""

    def say(self, line: str) -> None:
        self.client.sendall(line.encode() + b"\r\n")

    def hold(self) -> None:
        self.say("220 chaos.example")
        while True:
            line = self._line()
            verb = line[:4].upper()
            if verb == "QUIT":
                self.session.ended = "quit"
                self.say("221 Bye")
                return
            if verb == "RCPT":
                self._take_recipient(line)
            elif verb == "DATA":
                if not self._take_message():
                    return
            else:
                if verb in {"MAIL", "RSET"}:
                    self.recipients = []
                self.say("250 OK")

    def _line(self) -> str:
        line = self.lines.readline()
        if not line:
            raise EOFError
        return line.decode("latin-1").strip()

    def _take_recipient(self, line: str) -> None:
        (address,) = re.findall("<([^>]*)>", line)
        if address in self.server.refused:
            self.say("550 No such user here")
            return
        self.fate = self.server.fate()
        if self.fate == "4xx at RCPT":
            self.say("451 Try again later")
            return
        self.recipients.append(address)
        self.say("250 OK")

    def _take_message(self) -> bool:
        """Take a message, or not; gives whether the conversation goes on."""
        if not self.recipients:
            self.say("503 No recipient")
            return True
        self.say("354 Go on")
        message_id = ""
        while (line := self._line()) != ".":
            if line.lower().startswith("message-id:") and not message_id:
                message_id = line.partition(":")[2].strip()
        if self.fate == "4xx at DATA":
            self.say("451 Try again later")
            return True
        if self.fate in {"drops before accepting", "hangs before accepting"}:
            return self._leave()
        is_unanswered = self.fate in {"drops after accepting", "hangs after accepting"}
        for recipient in self.recipients:
            entry = Acceptance(message_id, recipient, time.time(), self.session, is_unanswered)
            self.server.mailbox.append(entry)
            self.server.has_taken.set()
        if is_unanswered:
            return self._leave()
        self.say("250 Accepted")
        return True

    def _leave(self) -> bool:
        if self.fate.startswith("hangs"):
            time.sleep(HANGS)
        return False
