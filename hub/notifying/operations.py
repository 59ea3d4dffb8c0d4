"""What operators ask about notices at the hub's desk. Each operation answers with text and an exit status;
HubStop is what a person can mend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import sqlalchemy as sa

from contract.names import SLUG
from contract.timestamps import parse_rfc3339, rfc3339
from hub.config import HubConfig
from hub.errors import HubStop
from hub.notifying import fanning, signing
from hub.notifying.addresses import TargetRefused, target_of
from hub.notifying.channels import senders_of
from hub.notifying.mail import ADDRESS
from hub.notifying.retrying import Failure
from hub.notifying.settings import FILE, load
from hub.store import audit, domain_events, notices, recipients
from hub.store.domain_events import Event
from hub.store.engine import Database
from hub.store.notices import Claimed
from hub.store.recipients import Channel, Recipient, Wants

Values = Mapping[str, Any]
Said = tuple[str, int]
Outcome = tuple[Failure | None, str]
Operation = Callable[[Database, HubConfig, Values], Said]
STATES = ("pending", "failed", "delivered", "gave-up")
REPLAYABLE: dict[str, tuple[notices.State, ...]] = {
    "gave-up": ("gave-up",),
    "failed": ("failed", "gave-up"),
    "all": ("failed", "gave-up", "delivered"),
}
_LONGEST_OVERLAP_H = 24 * 30


def add_webhook(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`, `url`; `secret` when the receiver has one already; the fields of `Wants`."""
    try:
        target_of(values["url"], load(config.data_dir).webhooks.allow_hosts)
        secret = values.get("secret") or signing.new_secret(config.entropy)
        signing.key_of(secret)
    except (TargetRefused, ValueError) as error:
        raise HubStop(str(error)) from error
    told_from = _add(
        database, config, values, channel="webhook", target=values["url"], secret=secret
    )
    return f"{values['name']}: {told_from}; its secret, for the receiver:\n{secret}", 0


def add_mail(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`, `address`; the fields of `Wants`."""
    if not ADDRESS.fullmatch(values["address"]):
        raise HubStop(f"{values['address']!r} is no e-mail address that we can write to")
    if load(config.data_dir).mail is None:
        raise HubStop(f"e-mail is off: name a server under [mail] in {config.data_dir / FILE}")
    told_from = _add(
        database, config, values, channel="mail", target=values["address"], secret=None
    )
    return f"{values['name']}: {told_from}", 0


def _add(
    database: Database,
    config: HubConfig,
    values: Values,
    *,
    channel: Channel,
    target: str,
    secret: str | None,
) -> str:
    name = values["name"]
    if not SLUG.fullmatch(name):
        raise HubStop(f"name {name!r}: use a-z, 0-9 and '-', at most 63 characters")
    lists = {part: tuple(values.get(part) or ()) for part in _LISTS}
    wants = Wants(**lists, language=values.get("language") or "both")
    at = rfc3339(config.utc_ns())
    with database.write() as conn:
        cursor = audit.lock(conn, config.district).told
        recipients.add(
            conn,
            district=config.district,
            name=name,
            channel=channel,
            target=target,
            secret=secret,
            wants=wants,
            at=at,
            cursor=cursor,
        )
        _audited(conn, config, "recipient-added", name, {"channel": channel, "target": target})
    return f"told of what happens from event {cursor + 1} on"


_LISTS = ("types", "units", "classes", "priorities")


def listed(database: Database, config: HubConfig, _values: Values) -> Said:
    with database.read() as conn:
        found = recipients.every(conn, config.district)
        counts = notices.counts(conn, config.district)
        told = domain_events.last(conn, config.district)
    return "\n".join(_line(one, counts.get(one.id, {}), told) for one in found), 0


def _line(one: Recipient, counts: Mapping[str, int], told: int) -> str:
    state = "live"
    if one.paused_at is not None:
        state = f"paused {one.paused_at}: {one.paused_why}"
    elif one.failures:
        state = f"failing since {one.failing_since}"
    waiting = counts.get("pending", 0) + counts.get("failed", 0)
    numbers = f"{counts.get('delivered', 0)} delivered, {waiting} waiting, "
    numbers += f"{counts.get('gave-up', 0)} given up, {told - one.cursor} events behind"
    if one.missed:
        numbers += f", {one.missed} missed"
    wants = "; ".join(
        f"{part} {', '.join(named)}" for part in _LISTS if (named := getattr(one.wants, part))
    )
    line = f"{one.name:<20} {one.channel:<8} {one.target}\n    {state}; {numbers}"
    return f"{line}\n    only {wants}" if wants else line


def pause(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`, `why`."""
    at = rfc3339(config.utc_ns())
    with database.write() as conn:
        audit.lock(conn, config.district)
        one = recipients.named(conn, config.district, values["name"])
        recipients.pause(conn, one.id, at=at, why=values["why"])
        _audited(conn, config, "recipient-paused", one.name, {"why": values["why"]})
    return f"{one.name} is paused; what it has not been told waits", 0


def resume(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`; with `skip` what happened meanwhile is left out."""
    with database.write() as conn:
        told = audit.lock(conn, config.district).told
        one = recipients.named(conn, config.district, values["name"])
        recipients.resume(conn, one.id, cursor=told if values.get("skip") else None)
        _audited(conn, config, "recipient-resumed", one.name, {"skip": bool(values.get("skip"))})
    behind = 0 if values.get("skip") else told - one.cursor
    return f"{one.name} is live, {behind} events behind", 0


def remove(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`."""
    with database.write() as conn:
        audit.lock(conn, config.district)
        one = recipients.named(conn, config.district, values["name"])
        recipients.remove(conn, one.id)
        _audited(conn, config, "recipient-removed", one.name, {"target": one.target})
    return f"{one.name} is gone, with its notices and their log", 0


def rotate(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`, `hours` during which the old secret signs, too."""
    hours = float(values["hours"])
    if not 0 <= hours <= _LONGEST_OVERLAP_H:
        raise HubStop(f"hours {hours:g}: expected 0 to {_LONGEST_OVERLAP_H}")
    until = rfc3339(config.utc_ns() + int(hours * 3600 * 10**9))
    secret = signing.new_secret(config.entropy)
    with database.write() as conn:
        audit.lock(conn, config.district)
        one = recipients.named(conn, config.district, values["name"])
        if one.channel != "webhook":
            raise HubStop(f"{one.name} is no webhook; e-mails are not signed")
        recipients.change_secret(conn, one.id, secret=secret, former=one.secret, until=until)
        _audited(conn, config, "recipient-secret-changed", one.name, {"both_until": until})
    return f"{one.name}: the old secret signs, too, until {until}; the new one:\n{secret}", 0


def send_test(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`: one notice of type `notice.test`, at once, past the queue and its log. Status 1 when it
    does not arrive."""
    now_ns = config.utc_ns()
    with database.read() as conn:
        one = recipients.named(conn, config.district, values["name"])
    senders = senders_of(load(config.data_dir), config.utc_ns)
    if one.channel not in senders:
        raise HubStop(f"e-mail is off: name a server under [mail] in {config.data_dir / FILE}")
    event = Event(0, rfc3339(now_ns), "notice.test", f"recipient/{one.name}", '{"test":true}')
    body = fanning.body_of(config.district, event)
    claimed = Claimed(
        n=0,
        id=fanning.notice_id(config.district, one.name, body),
        body=body,
        attempt=1,
        hold=0,
        recipient=one,
    )
    failure, said = asyncio.run(_sent(senders[one.channel](claimed)))
    if failure is not None:
        return f"{one.name} did not take {claimed.id}: {said}", 1
    return f"{one.name} took {claimed.id}: {said}", 0


def log(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`, `state` (both may be missing), `limit` notices."""
    state = values.get("state")
    if state is not None and state not in STATES:
        raise HubStop(f"state {state!r} is none of {', '.join(STATES)}")
    with database.read() as conn:
        if values.get("name"):
            recipients.named(conn, config.district, values["name"])
        found = notices.log(
            conn,
            config.district,
            name=values.get("name"),
            state=state,
            limit=int(values.get("limit") or 50),
        )
    lines = []
    for one in found:
        told = f"{one.recipient:<20} {one.id} {one.type} {one.subject} {one.state}"
        tried = f" try {one.attempt} {one.at} {one.took_ms} ms: {one.said}" if one.at else ""
        lines.append(told + tried)
    return "\n".join(lines), 0


def replay(database: Database, config: HubConfig, values: Values) -> Said:
    """`name`, and either `event`: made anew from this number on, what it had already left out; or
    `what` (gave-up, failed, all), `since`, `until`, `id`: sent again, under the ids that they had."""
    at = rfc3339(config.utc_ns())
    event, what = values.get("event"), values.get("what") or "gave-up"
    if what not in REPLAYABLE:
        raise HubStop(f"what {what!r} is none of {', '.join(REPLAYABLE)}")
    bounds = {name: _moment(values, name) for name in ("since", "until")}
    with database.write() as conn:
        audit.lock(conn, config.district)
        one = recipients.named(conn, config.district, values["name"])
        if event is not None:
            said = _told_again(conn, config, one, int(event))
        else:
            notice_id = values.get("id")
            states = REPLAYABLE["all" if notice_id else what]
            count = notices.replay(conn, one.id, at=at, states=states, id=notice_id, **bounds)
            said = f"{one.name}: {count} to be sent again"
        asked = {key: value for key, value in values.items() if key != "name" and value}
        _audited(conn, config, "notices-replayed", one.name, asked)
    return said, 0


def _told_again(conn: sa.Connection, config: HubConfig, one: Recipient, event: int) -> str:
    first = domain_events.first(conn, config.district)
    if not first <= event <= one.cursor:
        raise HubStop(f"event {event}: {one.name} can be told again of {first} to {one.cursor}")
    recipients.move_cursor(conn, one.id, event - 1)
    return f"{one.name}: events {event} to {one.cursor} are looked at again"


def _moment(values: Values, name: str) -> str | None:
    text = values.get(name)
    if not text:
        return None
    try:
        return rfc3339(parse_rfc3339(text))
    except ValueError as error:
        raise HubStop(f"{name} {text!r}: expected a time like 2026-09-21T08:00:00+08:00") from error


async def _sent(sending: Awaitable[Outcome]) -> Outcome:
    return await sending


def _audited(
    conn: sa.Connection, config: HubConfig, action: str, name: str, detail: dict[str, object]
) -> None:
    """Never with a secret in it."""
    entry = audit.Entry(
        at=rfc3339(config.utc_ns()),
        actor="desk",
        action=action,
        subject=f"recipient/{name}",
        detail=detail,
    )
    audit.append(conn, config.district, entry)


OPERATIONS: dict[str, Operation] = {
    "notices-add-webhook": add_webhook,
    "notices-add-mail": add_mail,
    "notices-list": listed,
    "notices-pause": pause,
    "notices-resume": resume,
    "notices-remove": remove,
    "notices-rotate": rotate,
    "notices-test": send_test,
    "notices-log": log,
    "notices-replay": replay,
}
