"""Names on the wire: slots, boxes, epochs, lanes, event ids (contract §1, §2)."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

Lane = Literal["urgent", "routine"]
LANES: tuple[Lane, ...] = get_args(Lane)
ClockState = Literal["unset", "rtc", "ntp", "hub"]

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
EPOCH_BITS = 62
EPOCH_CHARS = 13
MAX_SEQ = 2**53 - 1  # JSON readers elsewhere hold numbers as doubles

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
KID = re.compile(r"(?P<slot>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)#(?P<n>[1-9][0-9]{0,5})")
_SEQ = re.compile(r"[1-9][0-9]{0,15}")
EPOCH = re.compile(f"[{CROCKFORD}]{{{EPOCH_CHARS}}}")


class EventId(NamedTuple):
    """`{epoch}.{lane}.{seq}`; with `source` unique for ever."""

    epoch: str
    lane: Lane
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.lane}.{self.seq}"


def epoch_text(number: int) -> str:
    """A 62-bit number as 13 characters of Crockford base32, high digit first."""
    if not 0 <= number < 1 << EPOCH_BITS:
        raise ValueError(f"an epoch has {EPOCH_BITS} bits, got {number}")
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in range(EPOCH_CHARS - 1, -1, -1))


def parse_event_id(text: str) -> EventId:
    """Raises ValueError unless `text` is exactly what `EventId.__str__` writes."""
    epoch, _, rest = text.partition(".")
    lane, _, seq = rest.partition(".")
    for known in LANES:
        if lane == known and EPOCH.fullmatch(epoch) and _SEQ.fullmatch(seq):
            event_id = EventId(epoch, known, int(seq))
            if event_id.seq <= MAX_SEQ:
                return event_id
    raise ValueError(f"not an event id (epoch.lane.seq): {text!r}")


def lane_key(epoch: str, lane: Lane) -> str:
    """The key of `stored` / `archived` in a sync reply: `{epoch}.{lane}`."""
    return f"{epoch}.{lane}"


def parse_lane_key(text: str) -> tuple[str, Lane]:
    """Raises ValueError unless `text` is `{epoch}.{lane}`."""
    eid = parse_event_id(f"{text}.1")
    return eid.epoch, eid.lane


def source_of(district: str, slot: str) -> str:
    """CloudEvents `source` of a gateway position."""
    return f"/{district}/{slot}"


def slot_of_kid(kid: str) -> str:
    """The slot of a box's key id (`cs-017#3` -> `cs-017`); ValueError when malformed."""
    match = KID.fullmatch(kid)
    if not match:
        raise ValueError(f"not a key id (slot#n): {kid!r}")
    return match["slot"]
