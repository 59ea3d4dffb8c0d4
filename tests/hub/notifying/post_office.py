"""A mail server on a real socket, as far as RFC 5321 and its STARTTLS (RFC 3207) and AUTH PLAIN
(RFC 4954) go that a sender may use; written for tests and by nobody who wrote the sender's library."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True)
class Letter:
    sender: str
    to: str
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        return self.message.get_content().replace("\r\n", "\n")


@dataclass
class PostOffice:
    """`replies` by command (`MAIL`, `RCPT`, `DATA`, `.`, `QUIT`), once each, instead of yes; an empty
    one hangs up. `offers_starttls`: whether it says so in EHLO."""

    letters: list[Letter] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    offers_starttls: bool = True
    port: int = 0


class HangUp(Exception):
    """The server ends the conversation."""


class Conversation(socketserver.StreamRequestHandler):
    office: PostOffice
    context: ssl.SSLContext | None = None

    def handle(self) -> None:
        self.user: str | None = None
        self.sender = self.to = ""
        self.say("220 post.example ESMTP")
        try:
            while line := self.rfile.readline(4096):
                verb, _, rest = line.decode("ascii").strip().partition(" ")
                self.answer(verb.upper(), rest)
        except (HangUp, OSError):
            pass

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()

    def say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(line.encode() + b"\r\n")

    def replied_otherwise(self, verb: str) -> bool:
        reply = self.office.replies.pop(verb, None)
        if reply is None:
            return False
        if not reply:
            raise HangUp
        self.say(reply)
        return True

    @property
    def encrypted(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def answer(self, verb: str, rest: str) -> None:
        if verb != "DATA" and self.replied_otherwise(verb):
            return
        match verb:
            case "EHLO":
                offers = (
                    ["250-STARTTLS"] if self.office.offers_starttls and not self.encrypted else []
                )
                self.say("250-post.example", *offers, "250-AUTH PLAIN", "250 8BITMIME")
            case "STARTTLS":
                self.encrypt()
            case "AUTH":
                self.authenticate(rest)
            case "MAIL":
                self.sender = rest
                self.say("250 OK")
            case "RCPT":
                self.to = rest
                self.say("250 OK")
            case "DATA":
                self.take_letter()
            case "QUIT":
                self.say("221 bye")
                raise HangUp
            case _:
                self.say("502 not known here")

    def encrypt(self) -> None:
        assert self.context is not None
        self.say("220 go ahead")
        self.connection = self.context.wrap_socket(
            self.connection, server_side=True, do_handshake_on_connect=False
        )
        self.connection.do_handshake()
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def authenticate(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
        if self.office.users.get(user) != password:
            self.say("535 5.7.8 who are you")
            return
        self.user = user
        self.say("235 welcome")

    def take_letter(self) -> None:
        if self.replied_otherwise("DATA"):
            return
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline(65_536)) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.office.letters.append(
            Letter(self.sender, self.to, b"".join(lines), self.encrypted, self.user)
        )
        if not self.replied_otherwise("."):
            self.say("250 queued as 42")


@contextmanager
def post_office(certificate: tuple[Path, Path] | None = None) -> Iterator[PostOffice]:
    office = PostOffice(offers_starttls=certificate is not None)
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    talk = type("Talk", (Conversation,), {"office": office, "context": context})

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a sender that hung up

    server = Server(("127.0.0.1", 0), talk)
    office.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        thread.join(timeout=60)
        server.server_close()
