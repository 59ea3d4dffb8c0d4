"""What operators ask at the desk, and the command line that asks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hub.config import HubConfig
from hub.errors import HubStop
from hub.notifying.cli import notices as group
from hub.notifying.operations import OPERATIONS
from hub.notifying.settings import FILE
from hub.store import audit, recipients
from tests.hub.notifying.office import DISTRICT, SECRET, Office
from tests.hub.notifying.post_office import post_office
from tests.hub.notifying.receiver import Answer, Receiver

Ask = Callable[..., tuple[str, int]]


@pytest.fixture
def config(office: Office, tmp_path: Path) -> HubConfig:
    (tmp_path / FILE).write_text('[webhooks]\nallow_hosts = ["127.0.0.1"]\n', encoding="utf-8")
    return HubConfig(
        database=str(office.database.url),
        data_dir=tmp_path,
        district=DISTRICT,
        utc_ns=lambda: office.clock.utc_ns,
        entropy=bytes,
    )


@pytest.fixture
def ask(office: Office, config: HubConfig) -> Ask:
    def asked(operation: str, **values: Any) -> tuple[str, int]:
        return OPERATIONS[f"notices-{operation}"](office.database, config, values)

    return asked


def audited(office: Office, name: str) -> list[str]:
    with office.database.read() as conn:
        return [one.action for one in audit.history(conn, DISTRICT, f"recipient/{name}")]


def test_a_webhook_is_added_and_told_of_what_happens_from_then_on(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.happens()
    said, status = ask("add-webhook", name="city", url=receiver.url, types=["order.*"])
    assert status == 0
    assert said.splitlines()[0].startswith("city: told of what happens from event 2 on")
    assert said.splitlines()[1].startswith("whsec_")
    office.happens("order.moved")
    office.happens("duty.overdue")
    office.round()
    assert [json.loads(one.body)["n"] for one in receiver.requests] == [2]
    assert audited(office, "city") == ["recipient-added"]
    with office.database.read() as conn:
        assert audit.verify(conn) == []


MENDABLE: list[tuple[str, dict[str, Any], str]] = [
    ("add-webhook", {"name": "City", "url": "https://a.example/"}, "use a-z"),
    ("add-webhook", {"name": "city", "url": "https://10.0.0.1/"}, "not on the public internet"),
    ("add-webhook", {"name": "city", "url": "http://a.example/"}, "plain http"),
    ("add-webhook", {"name": "c", "url": "https://a.example/", "secret": "x"}, "secret"),
    ("add-mail", {"name": "li", "address": "li"}, "no e-mail address"),
    ("add-mail", {"name": "li", "address": "li@a.example\r\nX: y"}, "no e-mail address"),
    ("add-mail", {"name": "li", "address": "li@a.example"}, "e-mail is off"),
    ("pause", {"name": "nobody", "why": "x"}, "no recipient 'nobody'"),
    ("resume", {"name": "nobody"}, "no recipient"),
    ("remove", {"name": "nobody"}, "no recipient"),
    ("rotate", {"name": "nobody", "hours": 1}, "no recipient"),
    ("rotate", {"name": "nobody", "hours": 1e9}, "expected 0 to"),
    ("test", {"name": "nobody"}, "no recipient"),
    ("log", {"name": "nobody"}, "no recipient"),
    ("log", {"state": "lost"}, "none of pending"),
    ("replay", {"name": "nobody"}, "no recipient"),
    ("replay", {"name": "nobody", "what": "some"}, "none of gave-up"),
    ("replay", {"name": "nobody", "since": "yesterday"}, "expected a time"),
]


def test_what_a_person_can_mend_is_said(office: Office, ask: Ask) -> None:
    for operation, values, fault in MENDABLE:
        with pytest.raises(HubStop) as stopped:
            ask(operation, **values)
        assert fault in str(stopped.value), (operation, values)
    with office.database.read() as conn:
        assert recipients.every(conn, DISTRICT) == []


def test_a_name_is_taken_once(ask: Ask) -> None:
    ask("add-webhook", name="city", url="https://a.example/")
    with pytest.raises(HubStop, match="another name"):
        ask("add-webhook", name="city", url="https://b.example/")


def test_the_list_tells_how_it_goes_with_each(office: Office, receiver: Receiver, ask: Ask) -> None:
    ask("add-webhook", name="city", url=receiver.url, secret=SECRET, units=["north"])
    ask("add-webhook", name="press", url="http://127.0.0.1:9/nobody-listens")
    office.happens(unit="north")
    office.round()
    ask("pause", name="press", why="holidays")
    office.happens(unit="south")
    lines = ask("list")[0].splitlines()
    assert lines[0] == f"{'city':<20} webhook  {receiver.url}"
    assert lines[1] == "    live; 1 delivered, 0 waiting, 0 given up, 1 events behind"
    assert lines[2] == "    only units north"
    assert lines[4] == (
        f"    paused {office.now}: holidays; 0 delivered, 1 waiting, 0 given up, 1 events behind"
    )
    assert SECRET not in ask("list")[0]


def test_the_log_shows_every_try_and_what_was_answered(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.add("city", receiver.url)
    office.happens()
    receiver.answers = [Answer(500, body=b"ouch")]
    office.round()
    office.wait(60)
    office.round()
    office.happens("order.opened", "o2")
    office.fan_out()
    first, second, third = ask("log")[0].splitlines()
    assert "order.moved work-order/o1 delivered try 1" in first
    assert first.endswith("500 ouch")
    assert "try 2" in second
    assert second.endswith("200 ok")
    assert third.endswith("order.opened work-order/o2 pending")
    assert ask("log", state="gave-up") == ("", 0)
    assert len(ask("log", name="city", limit=1)[0].splitlines()) == 1


def test_resuming_goes_on_where_it_stopped_or_skips(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.add("city", receiver.url)
    for skip in (False, True):
        ask("pause", name="city", why="x")
        office.happens()
        office.round()
        assert ask("resume", name="city", skip=skip)[0].endswith(
            f"{0 if skip else 1} events behind"
        )
        office.round()
    assert [json.loads(one.body)["n"] for one in receiver.requests] == [1]
    assert audited(office, "city") == ["recipient-paused", "recipient-resumed"] * 2


def test_replay_sends_again_under_the_same_id(office: Office, receiver: Receiver, ask: Ask) -> None:
    office.add("city", receiver.url)
    office.happens(subject="o1")
    office.round()
    office.wait(3600)
    noon = office.now
    office.happens(subject="o2")
    office.round()
    assert ask("replay", name="city")[0] == "city: 0 to be sent again"
    assert ask("replay", name="city", what="all", since=noon)[0] == "city: 1 to be sent again"
    office.round()
    assert ask("replay", name="city", what="all", until=noon)[0] == "city: 1 to be sent again"
    office.round()
    first, second = receiver.ids[:2]
    assert receiver.ids == [first, second, second, first]
    assert ask("replay", name="city", id=first)[0] == "city: 1 to be sent again"
    office.round()
    assert receiver.ids[-1] == first
    assert set(office.states()) == {("delivered", 1)}


def test_replay_of_what_was_given_up_begins_the_schedule_anew(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.add("city", receiver.url)
    office.happens()
    receiver.answers = [Answer(500)] * 10
    for _ in range(10):
        office.round()
        office.wait(2 * 86_400 / 9)
        with office.database.write() as conn:
            recipients.resume(conn, office.recipient("city").id)
        office.wait(86_400 * 1.2)
    assert office.states() == [("gave-up", 10)]
    ask("replay", name="city")
    office.round()
    assert office.states() == [("delivered", 1)]
    assert len(receiver.effects) == 1


def test_looking_at_events_again_tells_only_what_was_left_out(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    ask("add-webhook", name="city", url=receiver.url, types=["order.opened"])
    office.happens("order.opened")
    office.happens("order.moved")
    office.round()
    with office.database.write() as conn:
        conn.exec_driver_sql("UPDATE recipient SET wants = '{}'")
    assert ask("replay", name="city", event=1)[0] == "city: events 1 to 2 are looked at again"
    office.round()
    assert [json.loads(one.body)["n"] for one in receiver.requests] == [1, 2]
    with pytest.raises(HubStop, match="of 1 to 2"):
        ask("replay", name="city", event=3)


def test_a_secret_is_changed_without_a_moment_in_which_no_signature_holds(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.add("city", receiver.url)
    assert "whsec_" in ask("rotate", name="city", hours=1)[0]
    office.happens()
    office.round()
    office.wait(3600)
    office.happens()
    office.round()
    marks = [one.headers["webhook-signature"].count("v1,") for one in receiver.requests]
    assert marks == [2, 1]
    with office.database.read() as conn:
        rows = audit.history(conn, DISTRICT, "recipient/city")
    assert [one.action for one in rows] == ["recipient-secret-changed"]


def test_who_is_removed_is_forgotten_with_everything(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.add("city", receiver.url)
    office.happens()
    office.round()
    ask("remove", name="city")
    assert (office.notices(), office.tries(), ask("list")) == ([], [], ("", 0))
    office.add("city", receiver.url)
    assert office.recipient("city").id == 2  # never another's number


def test_a_test_arrives_at_once_and_says_what_was_answered(
    office: Office, receiver: Receiver, ask: Ask
) -> None:
    office.add("city", receiver.url)
    receiver.answers = [Answer(200, body=b"thanks"), Answer(403)]
    said, status = ask("test", name="city")
    assert (said.endswith("200 thanks"), status) == (True, 0)
    assert json.loads(receiver.requests[0].body)["type"] == "notice.test"
    assert ask("test", name="city")[1] == 1
    assert office.notices() == []


def test_mail_is_on_once_a_server_is_named(office: Office, config: HubConfig, ask: Ask) -> None:
    with post_office() as server:
        text = f'[mail]\nserver = "localhost:{server.port}"\nsecurity = "none"\n'
        text += 'sender = "edile@hub.example"\n'
        (config.data_dir / FILE).write_text(text, encoding="utf-8")
        assert ask("add-mail", name="li", address="li@city.example", language="zh")[1] == 0
        assert ask("test", name="li")[1] == 0
        assert server.letters[0].message["Subject"] == "[baiyun] 测试通知"
    with pytest.raises(HubStop, match="no webhook"):
        ask("rotate", name="li", hours=1)


class Desk:
    """What the command line asks for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __call__(
        self, operation: str, database: str, data_dir: Path | None = None, **values: Any
    ) -> None:
        self.asked.append((operation, database, data_dir, values))


@pytest.mark.parametrize(
    ("line", "operation", "values"),
    [
        (
            "add-webhook city https://a.example/ --type order.* --unit north --unit south",
            "notices-add-webhook",
            {
                "name": "city",
                "url": "https://a.example/",
                "secret": None,
                "types": ["order.*"],
                "units": ["north", "south"],
                "classes": None,
                "priorities": None,
            },
        ),
        ("list", "notices-list", {}),
        ("pause city --why holidays", "notices-pause", {"name": "city", "why": "holidays"}),
        ("resume city --skip", "notices-resume", {"name": "city", "skip": True}),
        ("remove city", "notices-remove", {"name": "city"}),
        ("rotate-secret city", "notices-rotate", {"name": "city", "hours": 24.0}),
        ("test city", "notices-test", {"name": "city"}),
        (
            "log --state failed",
            "notices-log",
            {"name": None, "state": "failed", "limit": 50},
        ),
        (
            "replay city --event 7",
            "notices-replay",
            {
                "name": "city",
                "what": "gave-up",
                "event": 7,
                **dict.fromkeys(("since", "until", "id")),
            },
        ),
    ],
)
def test_the_command_line_asks_the_desk(line: str, operation: str, values: dict[str, Any]) -> None:
    desk = Desk()
    arguments = [*line.split(), "--database", "sqlite:///hub.db"]
    done = CliRunner().invoke(group, arguments, obj=desk)
    assert done.exit_code == 0, done.output
    assert desk.asked == [(operation, "sqlite:///hub.db", None, values)]
    assert operation in OPERATIONS
    json.dumps(values)  # it goes through a socket


def test_whoever_mounts_the_group_gives_it_the_desk() -> None:
    desk, hub = Desk(), typer.Typer()
    hub.add_typer(group, name="notices", context_settings={"obj": desk})
    hub.command("other")(lambda: None)
    done = CliRunner().invoke(hub, ["notices", "list", "--database", "sqlite:///hub.db"])
    assert done.exit_code == 0, done.output
    assert desk.asked == [("notices-list", "sqlite:///hub.db", None, {})]


def test_a_language_that_is_none_of_ours_is_refused() -> None:
    line = ["add-mail", "li", "li@a.example", "--language", "fr", "--database", "sqlite:///x.db"]
    assert CliRunner().invoke(group, line, obj=Desk()).exit_code == 2
