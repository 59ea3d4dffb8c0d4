"""Whom an event concerns, and what they are told. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hub.store.domain_events import Event
from hub.store.notices import Draft
from hub.store.recipients import Recipient, Wants

MAX_BODY_BYTES = 256 * 1024
_CANONICAL = msgspec.json.Encoder(order="sorted")


def concerns(wants: Wants, event: Event) -> bool:
    """Every list that is not empty must name what the event tells. What an event does not tell, no
    list can name: a recipient that wants one unit's hears nothing of an event without a unit."""
    if wants.types and not any(_is_of(event.type, pattern) for pattern in wants.types):
        return False
    content = event.content
    return (
        _named(wants.units, _units(content))
        and _named(wants.classes, [content.get("class_code")])
        and _named(wants.priorities, [content.get("priority")])
    )


def _is_of(type_: str, pattern: str) -> bool:
    return type_ == pattern or (pattern.endswith(".*") and type_.startswith(pattern[:-1]))


def _named(wanted: tuple[str, ...], told: Iterable[object]) -> bool:
    return not wanted or any(one in wanted for one in told)


def _units(content: Mapping[str, Any]) -> list[object]:
    """The owner, who assists, and whom a step addresses."""
    lists = (content.get("assisting"), content.get("units"))
    others = [unit for named in lists if isinstance(named, list) for unit in named]
    return [content.get("unit"), content.get("to_unit"), *others]


def key_of(event: Event) -> str:
    """What a recipient is told of at most once: a step of an order in its round, else the event."""
    content = event.content
    step, turn = content.get("step"), content.get("round")
    if isinstance(step, str) and isinstance(turn, int):
        return f"{event.subject}/{event.type}/{step}/{turn}"
    return f"event/{event.n}"


def draft(recipient: Recipient, event: Event) -> Draft:
    """Its id comes from the recipient and the whole event: also a hub that was restored, and tells this
    very event again, tells it under the same id; another one under the old number gets another."""
    body = body_of(recipient.district, event)
    return Draft(
        id=notice_id(recipient.district, recipient.name, body),
        key=key_of(event),
        type=event.type,
        subject=event.subject,
        body=body,
    )


def notice_id(district: str, name: str, body: str) -> str:
    """No full stop in it: that separates what a signature covers."""
    whole = f"edile-notice-v1\n{district}\n{name}\n{body}"
    return f"msg_{hashlib.sha256(whole.encode()).hexdigest()[:40]}"


def body_of(district: str, event: Event) -> str:
    """`type`, `timestamp` and `data` as the Standard Webhooks specification 1.0.0 proposes. Above
    MAX_BODY_BYTES without the data: the receiver asks for the subject by REST."""
    told = {
        "type": event.type,
        "timestamp": event.at,
        "district": district,
        "n": event.n,
        "subject": event.subject,
    }
    whole = _CANONICAL.encode({**told, "data": msgspec.Raw(event.data.encode())})
    if len(whole) > MAX_BODY_BYTES:
        whole = _CANONICAL.encode({**told, "data": {}, "omitted_bytes": len(event.data.encode())})
    return whole.decode()
