"""What one class of problem asks for: a scenario file, read. Pure; docs/scenarios.md explains each part."""

from __future__ import annotations

from typing import Literal

import msgspec

from contract.workorder import Priority, State
from hub.deadlines.clocks import Unit
from hub.deadlines.computing import Stage

Key = Literal["problem", "object", "cell", "zone", "badge", "vehicle"]
SourceKind = Literal["gateway", "drone", "person", "duty", "hub"]
Mode = Literal["edge-relook", "other-person", "none"]
OnEnd = Literal["auto-resolve", "wait", "relook"]
Rank = Literal["owner", "assisting", "parent", "district"]
RESOLVE = "resolve"
"""The stage whose due time is the order's own."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a scenario file; unknown keys are refused."""


class Filing(Part, frozen=True, kw_only=True):
    """When a word becomes an order. Words that fall short are kept, and count for the next one.
    `sources` empty = any; `min_confidence` only concerns events that tell one."""

    min_confidence: float = 0.0
    min_looks: int = 1
    sources: tuple[SourceKind, ...] = ()


class OwnerRule(Part, frozen=True, kw_only=True):
    """Who answers. `by`: `place` = the duty area there and then (of `overlay` first, where it covers the
    place), `gateway` = the unit of the gateway that saw it; either falls back on the other. `unit` names
    one for good."""

    by: Literal["place", "gateway"] = "place"
    overlay: str | None = None
    unit: str | None = None


class Evidence(Part, frozen=True, kw_only=True):
    """What a resolution must bring: photos taken after dispatch, within so many metres of the place,
    none a near-duplicate of an earlier one."""

    closing_photos: int = 0
    within_m: float = 50.0


class Verification(Part, frozen=True, kw_only=True):
    """The second look. `edge-relook`: asked at a random moment between `earliest` and `latest` minutes
    after the resolution, answered within `answer_within`; `again_after_h` asks once more after closing.
    Below `min_confidence` an answer counts as cannot-tell."""

    mode: Mode = "other-person"
    earliest_min: float = 5.0
    latest_min: float = 60.0
    answer_within_min: float = 30.0
    min_confidence: float = 0.6
    again_after_h: float | None = None


class Step(Part, frozen=True, kw_only=True):
    """One reminder or escalation, exactly once. Either at `share` of stage `of`'s time, or `after` so
    many `unit` behind its due time."""

    name: str
    do: Literal["remind", "escalate"]
    to: Rank
    of: str = RESOLVE
    share: float | None = None
    after: float | None = None
    unit: Unit = "urgent-hour"
    priority: Priority | None = None


class Dedupe(Part, frozen=True, kw_only=True):
    """What "one problem" means. `key`: the problem itself, or one open order per object, cell (of
    `cell_m` metres), zone, badge or vehicle. Sightings of one class within `radius_m` metres and
    `window_h` hours of another source's join it, too; of the same source only when it says `join`."""

    key: Key = "problem"
    cell_m: float = 100.0
    radius_m: float = 0.0
    window_h: float = 24.0
    same_source: Literal["separate", "join"] = "separate"


class Recurrence(Part, frozen=True, kw_only=True):
    """A problem that comes back: seen `rework_after_min` minutes after its resolution or later, the
    order is sent back as rework; within `reopen_within_h` hours of closing the same order is open again,
    within `within_days` days a new order is linked to the old one as its relapse."""

    rework_after_min: float = 30.0
    reopen_within_h: float = 0.0
    within_days: float = 7.0


class Expiry(Part, frozen=True, kw_only=True):
    """After so long without a sighting an order in one of `states` is void."""

    amount: float
    unit: Unit = "urgent-hour"
    states: tuple[State, ...] = ("review", "no-owner")


class Text(Part, frozen=True, kw_only=True):
    """`title` for lists, `ask` what the unit shall do."""

    title: str
    ask: str = ""


class Texts(Part, frozen=True, kw_only=True):
    zh: Text
    en: Text


class Policy(Part, frozen=True, kw_only=True):
    """A scenario of one name and version. `kinds` of events it answers for; `classes` instead, where the
    event brings its class. `class_code` None = the event's own. `late_share`: shelving or extending
    with less than this share of the time left takes another unit. Exactly one stage is `resolve`."""

    name: str
    texts: Texts
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    class_code: str | None = None
    catalogue: str = "edile-local"
    version: int = 1
    priority: Priority = "normal"
    review: bool = False
    filing: Filing = Filing()
    owner: OwnerRule = OwnerRule()
    stages: tuple[Stage, ...] = (Stage(name=RESOLVE, amount=24, unit="urgent-hour"),)
    evidence: Evidence = Evidence()
    verification: Verification = Verification()
    escalation: tuple[Step, ...] = ()
    dedupe: Dedupe = Dedupe()
    recurrence: Recurrence = Recurrence()
    on_end: OnEnd = "wait"
    expiry: Expiry | None = None
    late_share: float = 0.2

    @property
    def resolve(self) -> Stage:
        return next(stage for stage in self.stages if stage.name == RESOLVE)
