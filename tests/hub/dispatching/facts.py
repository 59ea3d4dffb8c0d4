"""What the oracle of orders keeps: its own table of moves, scenarios, words, orders. Minutes are integers."""

from __future__ import annotations

from dataclasses import dataclass, field

FINAL = {"closed", "void"}
LEGAL = {
    "review": {"dispatched", "no-owner", "void"},
    "no-owner": {"dispatched", "void"},
    "dispatched": {"dispatched", "resolved", "returned", "shelved", "void"},
    "resolved": {"closed", "dispatched"},
    "returned": {"dispatched", "no-owner", "void"},
    "shelved": {"dispatched", "void"},
    "closed": set(),
    "void": set(),
}
BY_HUB = {("closed", "dispatched"), ("closed", "no-owner"), ("resolved", "no-owner")}
BY_HUB |= {("no-owner", "resolved")}
LEEWAY, HOUR, WEEK = 5, 60, 7 * 24 * 60


@dataclass(frozen=True)
class Scenario:
    code: tuple[str, str]
    hours: int
    by_object: bool = False
    radius_m: float = 0
    reopen: int = 0
    looks: int = 1
    review: bool = False
    verified: bool = True
    resolves_itself: bool = False
    accept: int | None = None
    rework: int = 30
    steps: frozenset[str] = frozenset()
    accept_steps: frozenset[str] = frozenset()
    expires_in: frozenset[str] = frozenset()


SCENARIOS = {
    "silent": Scenario(
        ("edile-local", "E0112"), 4, by_object=True, rework=20, steps=frozenset({"escalate:late"})
    ),
    "heap": Scenario(
        ("edile-local", "E0102"),
        12,
        radius_m=30,
        reopen=120,
        resolves_itself=True,
        steps=frozenset({"remind:half", "escalate:late"}),
    ),
    "quick": Scenario(
        ("edile-local", "E0104"),
        3,
        looks=2,
        review=True,
        verified=False,
        resolves_itself=True,
        accept=60,
        steps=frozenset({"remind:half"}),
        accept_steps=frozenset({"overdue:accept", "remind:hurry"}),
        expires_in=frozenset({"review", "no-owner"}),
    ),
    "reported": Scenario(("gbt47678-2026", "08007"), 24, radius_m=30, reopen=24 * 60, rework=120),
}


@dataclass(frozen=True)
class Word:
    event: str
    source: str
    problem: str
    scenario: str
    phase: str
    thing: str
    east_m: float | None
    seen: int
    heard: int
    proof: str | None = None
    unit: str | None = None


@dataclass
class Order:
    id: str
    n: int
    key: tuple[str, ...]
    scenario: str
    code: tuple[str, str]
    state: str
    unit: str | None
    opened: int
    east_m: float | None
    number: str
    hours: float
    relapse_of: str | None = None
    closed: int | None = None
    merged_into: str | None = None
    merged_from: str | None = None
    merged_n: int = 0
    sent: int | None = None
    accept_from: int | None = None
    accepted: int | None = None
    has_accept: bool = False
    expires: bool = False
    resolved: int | None = None
    resolved_by: str | None = None
    rework: int = 0
    returned: int = 0
    extended: int = 0
    reopened: int = 0
    until: int | None = None
    pauses: list[list[int | None]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.state not in FINAL


@dataclass
class Problem:
    order: str | None
    looks: int
    first: int
    last: int
    ended: int | None
