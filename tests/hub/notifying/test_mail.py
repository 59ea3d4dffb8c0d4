"""One notice to one mailbox, over real sockets to a small mail server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.notifying.mail import Mail
from hub.notifying.retrying import Failure
from hub.notifying.settings import MailSettings
from hub.store.notices import Claimed
from hub.store.recipients import Wants
from tests.fakes.certificates import FAR_AHEAD, LONG_AGO, Authority
from tests.fakes.clock import START_UTC_NS
from tests.hub.notifying.office import DISTRICT, Office, public_authorities
from tests.hub.notifying.post_office import PostOffice, post_office
from tests.hub.notifying.test_webhooks import to

TOLD = {
    "type": "order.escalated",
    "timestamp": "2026-09-21T14:13:20.000Z",
    "district": DISTRICT,
    "n": 7,
    "subject": "work-order/o7",
    "data": {"number": "2026-000007", "state": "dispatched", "unit": "north", "due_at": None},
}


@pytest.fixture
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def tls_office(authority: Authority, tmp_path: Path) -> Iterator[PostOffice]:
    with post_office(authority.issue("localhost", LONG_AGO, FAR_AHEAD, tmp_path)) as one:
        yield one


@pytest.fixture
def plain_office() -> Iterator[PostOffice]:
    with post_office() as one:
        yield one


def letter(wants: Wants = Wants(), **told: Any) -> Claimed:
    claimed = to("li@city.example", channel="mail", secret=None, wants=wants)
    body = msgspec.json.encode({**TOLD, **told}).decode()
    return replace(claimed, id="msg_7", body=body)


def mail(office: PostOffice, tls: ssl.SSLContext | None = None, **settings: Any) -> Mail:
    given = {
        "server": f"localhost:{office.port}",
        "sender": "Edile <edile@hub.example>",
        "security": "none",
        **settings,
    }
    return Mail(MailSettings(**given), tls or public_authorities(), utc_ns=lambda: START_UTC_NS)


def send(sender: Mail, claimed: Claimed | None = None) -> tuple[Failure | None, str]:
    return asyncio.run(sender(claimed or letter()))


def trusting(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.write(tmp_path / "ca.pem"))


def test_a_letter_arrives_in_both_languages_under_an_id_made_of_the_notices(
    plain_office: PostOffice,
) -> None:
    assert send(mail(plain_office)) == (None, "250 queued as 42")
    (one,) = plain_office.letters
    assert (one.sender, one.to) == ("FROM:<edile@hub.example>", "TO:<li@city.example>")
    message = one.message
    assert message["Subject"] == "[baiyun] 超期升级 / Escalated 2026-000007"
    assert message["Message-ID"] == "<msg_7@hub.example>"
    assert message["From"] == "Edile <edile@hub.example>"
    assert message["To"] == "li@city.example"
    assert message["Date"] == "Mon, 21 Sep 2026 14:13:20 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    text = one.text
    assert "工单编号：2026-000007\n状态：已派遣\n责任单位：north" in text
    assert "Number: 2026-000007\nState: Dispatched\nUnit: north" in text
    assert "截止时间" not in text  # it has none


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_language_is_enough_for_who_wants_one(plain_office: PostOffice, language: Any) -> None:
    send(mail(plain_office), letter(Wants(language=language)))
    text = plain_office.letters[0].text
    assert ("工单编号" in text, "Number" in text) == (language == "zh", language == "en")


def test_what_an_event_holds_cannot_forge_headers_or_end_the_letter(
    plain_office: PostOffice,
) -> None:
    evil = "1\r\nBcc: everybody@city.example\r\n.\r\nMAIL FROM:<x@y>"
    told = letter(district="d\r\nX-Evil: 1", type=evil, data={"number": evil, "reason": evil})
    assert send(mail(plain_office), told)[0] is None
    (one,) = plain_office.letters
    assert one.message["Bcc"] is None
    assert one.message["X-Evil"] is None
    assert "Bcc: everybody@city.example" in one.message["Subject"]


def test_starttls_and_a_password(
    tls_office: PostOffice, authority: Authority, tmp_path: Path
) -> None:
    tls_office.users["edile"] = "se cret"
    (tmp_path / "password").write_text("se cret\n")
    logged_in = {"user": "edile", "password_file": tmp_path / "password"}
    tls = trusting(authority, tmp_path)
    assert send(mail(tls_office, tls, security="starttls", **logged_in))[0] is None
    (one,) = tls_office.letters
    assert (one.encrypted, one.user) == (True, "edile")
    (tmp_path / "password").write_text("wrong")
    failure, said = send(mail(tls_office, tls, security="starttls", **logged_in))
    assert failure == Failure(said)
    assert "535" in said
    assert len(tls_office.letters) == 1


def test_nothing_is_said_to_a_server_without_starttls_or_with_a_strangers_certificate(
    plain_office: PostOffice, tls_office: PostOffice
) -> None:
    for office in (plain_office, tls_office):
        failure, said = send(mail(office, security="starttls"))
        assert failure == Failure(said)
        assert office.letters == []
    assert "CERTIFICATE_VERIFY_FAILED" in said


@pytest.mark.parametrize(
    ("verb", "reply", "failure"),
    [
        ("MAIL", "451 later", Failure("451 later")),
        ("MAIL", "550 not you", Failure("550 not you")),  # ours to mend: the letter waits
        ("RCPT", "450 greylisted", Failure("450 greylisted")),
        ("RCPT", "550 no such mailbox", Failure("550 no such mailbox", stop=True)),
        ("DATA", "451 later", Failure("SMTPDataError: (451, b'later')")),
        (".", "452 disk full", Failure("452 disk full")),
        (".", "554 looks like spam", Failure("554 looks like spam", final=True)),
        ("RCPT", "", Failure("SMTPServerDisconnected: Connection unexpectedly closed")),
    ],
)
def test_it_matters_who_is_refused(
    plain_office: PostOffice, verb: str, reply: str, failure: Failure
) -> None:
    plain_office.replies[verb] = reply
    assert send(mail(plain_office))[0] == failure


@pytest.mark.parametrize("farewell", ["421 going down", ""])
def test_a_farewell_that_fails_does_not_unsend_the_letter(
    plain_office: PostOffice, farewell: str
) -> None:
    plain_office.replies["QUIT"] = farewell
    assert send(mail(plain_office)) == (None, "250 queued as 42")


def test_nobody_listening_is_a_failure_like_others() -> None:
    nobody = PostOffice(port=9)
    failure, said = send(mail(nobody))
    assert failure == Failure(said)


def test_a_letter_that_was_taken_and_not_acknowledged_comes_again_under_its_message_id(
    office: Office, plain_office: PostOffice
) -> None:
    office.senders = {"mail": mail(plain_office)}
    office.add("li", "li@city.example", channel="mail")
    office.happens("order.opened", number="2026-000001")
    plain_office.replies["."] = ""
    office.round()
    assert office.states() == [("failed", 1)]
    office.wait(60)
    office.round()
    assert office.states() == [("delivered", 2)]
    first, second = (one.message["Message-ID"] for one in plain_office.letters)
    assert first == second


def test_a_mailbox_that_does_not_exist_pauses_its_recipient_and_keeps_the_letter(
    office: Office, plain_office: PostOffice
) -> None:
    office.senders = {"mail": mail(plain_office)}
    office.add("li", "li@city.example", channel="mail")
    office.happens()
    plain_office.replies["RCPT"] = "550 no such mailbox"
    office.round()
    assert office.recipient("li").paused_why == "550 no such mailbox"
    assert office.states() == [("failed", 1)]
