"""What a kind of duty asks for: a part of the duties document, read. Pure; docs/duties.md explains each key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from hub.duties.spans import Span

Reason = Literal["overdue", "never", "unreached", "refused"]
"""Why a problem is opened: not done in time, never done since it was listed, nobody met at all tries,
not let in."""
REASONS: tuple[Reason, ...] = get_args(Reason)
Then = Literal["next", "revisit", "order", "nothing"]
THIRTY_DAYS = Span(30, "days")
On = Literal["component", "asset", "address"]
OwnerBy = Literal["duty", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a visit that ended so does. `next`: it is done, due again an interval later. `revisit`: somebody
    comes again within `after`, at most `at_most` times in a row, then a problem is opened. `order`: a
    problem is opened at once. `nothing`: it is only kept. `opens` names the kind of a problem of its own
    that was found there, such as a leak, whatever becomes of the duty."""

    then: Then
    after: Span | None = None
    at_most: int = 0
    opens: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What counts as having worked along a road or over a green: at least `share` of it, by a machine of
    `width_m` that goes from `slowest_kmh` to `fastest_kmh`. A road counts where the track runs within
    `reach_m` of its line; a polygon where the machine's width went. Positions less accurate than
    `accuracy_m`, and gaps longer than `gap_s`, count nothing."""

    share: float
    slowest_kmh: float = 3.0
    fastest_kmh: float = 10.0
    width_m: float = 2.0
    reach_m: float = 8.0
    accuracy_m: float = 15.0
    gap_s: float = 30.0


@dataclass(frozen=True, kw_only=True)
class DutyKind:
    """`grace` is added to the due date before a problem is opened; `first` is the time that a duty which
    was never done has from being listed. `again`: how long after its last word an open problem is told
    again, so that an order closed without a visit does not end the duty. `orders` names the kind of
    event for each reason."""

    name: str
    zh: str
    en: str
    on: On
    every: Span
    outcomes: dict[str, Outcome]
    grace: Span | None = None
    first: Span | None = None
    again: Span | None = THIRTY_DAYS
    orders: dict[Reason, str] = field(default_factory=dict)
    class_code: str | None = None
    catalogue: str | None = None
    owner: OwnerBy = "place"
    unit: str | None = None
    coverage: Coverage | None = None

    def order_kind(self, reason: Reason) -> str:
        """`duty-overdue:gas-inspection`: a scenario may answer for that, or for all of `duty-overdue`."""
        return self.orders.get(reason, f"duty-{reason}:{self.name}")

    @cached_property
    def digest(self) -> str:
        """Of everything that due times follow from; rows computed by another are computed again."""
        share = None if self.coverage is None else self.coverage.share
        said = repr(
            (self.name, self.every, self.grace, self.first, sorted(self.outcomes.items()), share)
        )
        return hashlib.sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class DutyBook:
    """The duties document of a district: its zone, its kinds by name."""

    zone: ZoneInfo
    kinds: dict[str, DutyKind]

    @cached_property
    def digest(self) -> str:
        """Of all kinds; what is `whole` by it need not be walked through."""
        said = repr(sorted(self.digest_of(kind) for kind in self.kinds.values()))
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def digest_of(self, kind: DutyKind) -> str:
        """As it is kept beside each duty."""
        return f"{kind.digest}@{self.zone.key}"
