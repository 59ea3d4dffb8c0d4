"""The closing account: what the simulators did against what gateway and hub made of it. Pure.

Truth is the simulators' own record (contract section 11). Each true weighing must be one ticket with
the very weight that stood on the display; each true incident one problem, opened once. The truth says
which kinds of incident make a work order, and whether one per problem or one per object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

TruthLine = Mapping[str, object]
Place = tuple[str, int, float, float]
"""(terminal, seconds since 1970, latitude, longitude): one reported position."""


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """A ticket at the hub; `weight_kg` is what this weighing itself showed."""

    ticket_no: str
    vehicle: str | None
    weight_kg: Decimal


@dataclass(frozen=True, slots=True)
class ProblemSeen:
    """One event about a problem. `phase`: opened, updated, ended."""

    kind: str
    problem_id: str
    phase: str


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """A work order at the hub."""

    number: str
    kind: str
    obj: str


@dataclass(frozen=True, slots=True)
class EventCounts:
    """`produced` counted in the gateway's store, `stored` at the hub, `wire_bytes` both ways."""

    produced: int
    stored: int
    wire_bytes: int


@dataclass(frozen=True, slots=True)
class Tally:
    """`duplicated`: the same thing once too often; `extra`: a thing that never happened."""

    expected: int
    found: int
    missed: int
    extra: int
    duplicated: int

    @property
    def clean(self) -> bool:
        return not (self.missed or self.extra or self.duplicated)


@dataclass(frozen=True, slots=True)
class TicketTally(Tally):
    """`wrong_weight`: the right truck at the right place in line, another weight."""

    wrong_weight: int = 0

    @property
    def clean(self) -> bool:
        return not (self.missed or self.extra or self.duplicated or self.wrong_weight)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`complaints` say in words what is not clean. `attendance`: the score of the district day, as
    `edile attendance score --json` gives it; None = none was played.
    `handling`: how many orders people closed, and the acts that took by the audit log. `eyes`: what the
    cameras told against what was before them; None = there were none."""

    seed: int
    events: EventCounts
    orders: Tally
    tickets: TicketTally
    incidents: Tally
    positions: Tally
    complaints: tuple[str, ...]
    attendance: Mapping[str, Any] | None = None
    handling: Mapping[str, Any] | None = None
    eyes: Mapping[str, Any] | None = None

    @property
    def clean(self) -> bool:
        return not self.complaints

    def as_json(self) -> dict[str, object]:
        """The form of `edile demo --json`."""
        produced, stored = self.events.produced, self.events.stored
        return {
            "clean": self.clean,
            "seed": self.seed,
            "events": {
                "produced": produced,
                "stored": stored,
                "bytes_per_event": round(self.events.wire_bytes / stored, 1) if stored else None,
            },
            "orders": asdict(self.orders),
            "positions": asdict(self.positions),
            "station": {"tickets": asdict(self.tickets), "incidents": asdict(self.incidents)},
            "attendance": self.attendance,
            "handling": self.handling,
            "eyes": self.eyes,
        }


def score(
    *,
    seed: int,
    truth: Sequence[TruthLine],
    tickets: Sequence[TicketSeen],
    problems: Sequence[ProblemSeen],
    orders: Sequence[OrderSeen],
    events: EventCounts,
    told: Sequence[Place] = (),
    kept: Sequence[Place] = (),
    attendance: Mapping[str, Any] | None = None,
    eyes: Mapping[str, Any] | None = None,
) -> Scorecard:
    """Compares; order of the inputs does not matter. `told`: positions that terminals were told are
    safe; `kept`: those in the gateway's tracks."""
    head = truth[0] if truth else {}
    weighings = [line for line in truth if line["kind"] == "weighing"]
    order_key = _text_map(head.get("order_key"))
    expected = _texts(head.get("expects_event")) - {"weighing"}
    incidents = [line for line in truth if line["kind"] in expected]
    ticket_tally, ticket_words = _tickets(weighings, tickets)
    opened = Counter(p.kind for p in problems if p.phase == "opened")
    incident_tally, incident_words = _tally(
        Counter(str(line["kind"]) for line in incidents), opened, "problem"
    )
    order_tally, order_words = _tally(
        _expected_orders(incidents, order_key), Counter(o.kind for o in orders), "work order"
    )
    words = [*ticket_words, *incident_words, *order_words, *_phases(problems)]
    words += _events(events)
    position_tally, position_words = _positions(told, kept)
    words += [*position_words, *_accusations(attendance or {})]
    words += list((eyes or {}).get("complaints", ()))
    tallies = (order_tally, ticket_tally, incident_tally, position_tally)
    return Scorecard(seed, events, *tallies, tuple(words), attendance, eyes=eyes)


def _accusations(day: Mapping[str, Any]) -> list[str]:
    """A day's recall is a figure to look at; a false accusation, or a shift without a verdict, is not."""
    if not day:
        return []
    absent, crews = day["wrong_absent"]["hits"], day["crews_accused"]["hits"]
    words = [f"{day['missing']} shift(s) without a verdict"] if day["missing"] else []
    words += [f"{absent} shift(s) wrongly called absent"] if absent else []
    words += [f"{crews} accusation(s) of honest crews"] if crews else []
    return words


def _positions(told: Sequence[Place], kept: Sequence[Place]) -> tuple[Tally, list[str]]:
    """Each acknowledged position is kept, and once. More may be kept than was acknowledged: an answer
    can get lost on its way."""
    wanted, there = set(told), Counter(kept)
    lost = wanted - there.keys()
    twice = there.total() - len(there)
    words = [f"{len(lost)} acknowledged position(s) are not kept"] if lost else []
    words += [f"{twice} position(s) are kept twice"] if twice else []
    return Tally(len(wanted), there.total(), len(lost), 0, twice), words


def _tickets(
    weighings: Sequence[TruthLine], tickets: Sequence[TicketSeen]
) -> tuple[TicketTally, list[str]]:
    true = Counter((_vehicle(line), Decimal(str(line["weight_kg"]))) for line in weighings)
    found = Counter((ticket.vehicle, ticket.weight_kg) for ticket in tickets)
    missing, surplus = true - found, found - true
    wrong = _same_vehicle(missing, surplus)
    words = [
        f"ticket of {vehicle}: {seen} kg, the display showed {stood} kg"
        for vehicle, stood, seen in wrong
    ]
    missing -= Counter((vehicle, stood) for vehicle, stood, _ in wrong)
    surplus -= Counter((vehicle, seen) for vehicle, _, seen in wrong)
    twice = Counter({key: n for key, n in surplus.items() if key in true})
    extra = surplus - twice
    words += [f"no ticket for {vehicle}, {kg} kg" for vehicle, kg in missing.elements()]
    words += [f"a second ticket for {vehicle}, {kg} kg" for vehicle, kg in twice.elements()]
    words += [f"a ticket nobody earned: {vehicle}, {kg} kg" for vehicle, kg in extra.elements()]
    numbers = Counter(ticket.ticket_no for ticket in tickets)
    words += [f"ticket number {number} given {n} times" for number, n in numbers.items() if n > 1]
    tally = TicketTally(
        expected=true.total(),
        found=found.total(),
        missed=missing.total(),
        extra=extra.total(),
        duplicated=twice.total(),
        wrong_weight=len(wrong),
    )
    return tally, words


def _same_vehicle(
    missing: Counter[tuple[str | None, Decimal]], surplus: Counter[tuple[str | None, Decimal]]
) -> list[tuple[str | None, Decimal, Decimal]]:
    """Pairs a missing weighing with a surplus ticket of its truck, nearest weight first."""
    left = list(surplus.elements())
    pairs = []
    for vehicle, stood in missing.elements():
        same = [key for key in left if key[0] == vehicle]
        if same:
            nearest = min(same, key=lambda key: abs(key[1] - stood))
            left.remove(nearest)
            pairs.append((vehicle, stood, nearest[1]))
    return pairs


def _tally(
    expected: Mapping[str, int], found: Mapping[str, int], noun: str
) -> tuple[Tally, list[str]]:
    wanted, seen = Counter(dict(expected)), Counter(dict(found))
    missing, surplus = wanted - seen, seen - wanted
    twice = Counter({kind: n for kind, n in surplus.items() if kind in wanted})
    extra = surplus - twice
    words = [f"{n} {noun}(s) missing: {kind}" for kind, n in missing.items()]
    words += [f"{n} {noun}(s) too many: {kind}" for kind, n in twice.items()]
    words += [f"{n} {noun}(s) without an incident: {kind}" for kind, n in extra.items()]
    tally = Tally(
        expected=wanted.total(),
        found=seen.total(),
        missed=missing.total(),
        extra=extra.total(),
        duplicated=twice.total(),
    )
    return tally, words


def _expected_orders(
    incidents: Iterable[TruthLine], order_key: Mapping[str, str]
) -> Mapping[str, int]:
    """One a problem, or one while it is open for all problems of a kind on one object."""
    wanted = Counter[str]()
    per_object = set[tuple[Hashable, ...]]()
    for line in incidents:
        kind = str(line["kind"])
        match order_key.get(kind):
            case "object":
                per_object.add((kind, line.get("object")))
            case "problem":
                wanted[kind] += 1
    wanted.update(str(kind) for kind, _ in per_object)
    return wanted


def _phases(problems: Sequence[ProblemSeen]) -> list[str]:
    """A problem is opened once and ended at most once."""
    times = Counter((p.kind, p.problem_id, p.phase) for p in problems if p.phase != "updated")
    words = [
        f"{kind} {problem} {phase} {n} times"
        for (kind, problem, phase), n in times.items()
        if n > 1
    ]
    opened = {p.problem_id for p in problems if p.phase == "opened"}
    ended = {(p.kind, p.problem_id) for p in problems if p.phase == "ended"}
    return words + [f"{kind} {pid} ended, never opened" for kind, pid in ended if pid not in opened]


def _events(events: EventCounts) -> list[str]:
    if events.produced == events.stored:
        return []
    return [f"the gateway produced {events.produced} events, the hub stored {events.stored}"]


def _vehicle(line: TruthLine) -> str | None:
    vehicle = line.get("vehicle")
    return None if vehicle is None else str(vehicle)


def _texts(value: object) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list) else set()


def _text_map(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
