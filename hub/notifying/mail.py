"""Sending one notice by e-mail (RFC 5321), encrypted or not at all when there is a password to protect."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import msgspec

from hub.errors import HubStop
from hub.notifying import wording
from hub.notifying.plain import one_line
from hub.notifying.retrying import Failure
from hub.notifying.settings import MailSettings
from hub.store.notices import Claimed

PATIENCE_S = 20.0  # with each answer of the server
ADDRESS = re.compile(r"[^@\s<>(),;:\"\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}", re.ASCII)
_OK, _WILL_FORWARD, _PERMANENT = 250, 251, 500  # RFC 5321 §4.2
Reply = tuple[int, bytes]


class Mail:
    """`utc_ns` is the clock."""

    def __init__(
        self, settings: MailSettings, tls: ssl.SSLContext, *, utc_ns: Callable[[], int]
    ) -> None:
        self._settings, self._tls, self._utc_ns = settings, tls, utc_ns

    async def __call__(self, claimed: Claimed) -> tuple[Failure | None, str]:
        """What failed, if anything, and what the server said."""
        return await asyncio.to_thread(self._send, claimed)

    def _send(self, claimed: Claimed) -> tuple[Failure | None, str]:
        try:
            with _hanging_up(self._connected()) as server:
                return self._hand_over(server, claimed)
        except (OSError, UnicodeError, HubStop) as error:  # smtplib's own are OSErrors
            said = one_line(f"{type(error).__name__}: {error}")
            return Failure(said), said

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = settings.host_and_port
        own_name = self._sender().domain  # smtplib would ask the network for ours
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, own_name, timeout=PATIENCE_S, context=self._tls
            )
        else:
            server = smtplib.SMTP(host, port, own_name, timeout=PATIENCE_S)
        try:
            if settings.security == "starttls":
                server.starttls(context=self._tls)  # raises where the server has none
            if settings.user is not None:
                server.login(settings.user, settings.password())
        except (OSError, UnicodeError, HubStop):
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, claimed: Claimed) -> tuple[Failure | None, str]:
        """Step by step, because it matters who was refused: we, the address, or the letter."""
        server.ehlo_or_helo_if_needed()
        reply = server.mail(self._sender().addr_spec)
        if reply[0] != _OK:
            return _refused(reply)
        reply = server.rcpt(claimed.recipient.target)
        if reply[0] not in (_OK, _WILL_FORWARD):
            return _refused(reply, stop=reply[0] >= _PERMANENT)
        reply = server.data(bytes(self.letter(claimed)))
        if reply[0] != _OK:
            return _refused(reply, final=reply[0] >= _PERMANENT)
        return None, _said(reply)

    def letter(self, claimed: Claimed) -> EmailMessage:
        """Message-ID comes from the notice: the same for every try (RFC 5322 §3.6.4)."""
        told = msgspec.json.decode(claimed.body)
        language = claimed.recipient.wants.language
        sender = self._sender()
        letter = EmailMessage(policy=SMTP)
        letter["From"] = sender
        letter["To"] = claimed.recipient.target
        letter["Subject"] = wording.subject_of(told, language)
        letter["Date"] = format_datetime(datetime.fromtimestamp(self._utc_ns() / 1e9, UTC))
        letter["Message-ID"] = f"<{claimed.id}@{sender.domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nobody's holiday note answers
        letter.set_content(wording.text_of(told, language), cte="base64")
        return letter

    def _sender(self) -> Address:
        name, address = parseaddr(self._settings.sender)
        return Address(name, addr_spec=address)


@contextmanager
def _hanging_up(server: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """Once the letter is handed over, a farewell that fails changes nothing."""
    try:
        yield server
        with suppress(OSError):
            server.quit()
    finally:
        server.close()


def _refused(reply: Reply, *, stop: bool = False, final: bool = False) -> tuple[Failure, str]:
    said = _said(reply)
    return Failure(said, final=final, stop=stop), said


def _said(reply: Reply) -> str:
    return one_line(f"{reply[0]} {reply[1].decode('utf-8', 'replace')}")
