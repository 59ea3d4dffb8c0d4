"""The weighing of the station: feeds the rules, knows their business meaning, gives conclusions.

Without conclusions the state is worth keeping when the phase or the kept weight changes, when a jump
is in doubt, when a vehicle was named, and at bounded intervals while one stands on the deck: a
restart costs at most the stability window.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from contract.payloads.weigh import AnomalyKind, Vehicle, WeighAnomaly
from edge_agent.config.devices.weigh_transmitter import Scale
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion, NewEvidence
from edge_agent.readings import (
    LineStatus,
    LookAsked,
    Moment,
    Reading,
    Tick,
    VehicleReading,
    WeightReading,
    elapsed_s,
)
from edge_agent.roles.station import ticketing
from edge_agent.roles.station.alibi import MEDIA_TYPE, Tape
from edge_agent.roles.station.looking import Verdict, of_line
from edge_agent.roles.station.state import Named, StationState
from edge_agent.roles.station.ticketing import Weighed
from edge_agent.roles.station.weigher import Seen, Weigher, WeigherState
from edge_agent.rules import line_watch, pairing, same_load, step_change, zero_drift
from edge_agent.rules.pairing import Paired, Passage
from edge_agent.rules.same_load import Load
from edge_agent.rules.weighing import Kept, Over

Phase = Literal["opened", "ended"]
PRUNE_S = 1.0  # how often windows are looked at in a tick
APPROACH_S = 60.0  # how long before the deck is touched a name may have been heard
MOST_NAMES = 20  # different vehicles named at the deck during one weighing


class Weighing:
    """One weighbridge and perhaps a card reader. Pure: time arrives in readings. `out` is what the
    last reading concluded."""

    def __init__(self, config: StationConfig, scale: Scale) -> None:
        self.out: list[Conclusion] = []
        self._config, self._scale = config, scale
        self._rules = ticketing.weigher_settings(config, scale)
        self._weigher = Weigher(self._rules)
        self._drift = zero_drift.DriftLimits(config.zero_band_kg, config.drift_s)
        self._line = line_watch.LineLimits(config.silent_s, config.garbled_s, config.recover_s)
        self._pairing = pairing.PairingLimits(
            config.pairing_s, config.min_net_kg, config.tare_tolerance
        )
        self._same_load = same_load.SameLoadLimits(config.same_load_kg, config.same_load_s)
        self._by_tag = {vehicle.tag: vehicle for vehicle in config.vehicles}
        self._by_plate = {vehicle.plate: vehicle for vehicle in config.vehicles}
        self._state = StationState()
        self._saved: Moment | None = None
        self._pruned: Moment | None = None

    def adopt(self, state: StationState) -> None:
        """Works on this state from now on."""
        self._state = state

    def saved(self, now: Moment) -> None:
        self._saved = now

    def take(self, reading: Reading) -> bool:
        """Whether the state is worth keeping now."""
        self.out = []
        if isinstance(reading, WeightReading):
            return self._weight(reading)
        if isinstance(reading, Tick):
            self._expire(reading.moment)
        elif isinstance(reading, VehicleReading):
            return self._vehicle(reading)
        elif isinstance(reading, LineStatus) and reading.device == self._scale.id:
            self._watch_line(reading)
        return False

    # -- the weight

    def _weight(self, reading: WeightReading) -> bool:
        """Whether the state is worth keeping now."""
        state = self._state
        before = state.weigher
        state.weigher, seen = self._weigher.step(before, reading)
        if seen.swapped is not None:
            self._ended(seen.swapped)
            state.tape = Tape()
        if seen.stepped is not None:
            self._open_on_deck(
                "step-change",
                abs(seen.stepped.by_kg),
                self._config.step_kg,
                f"from {seen.stepped.from_kg} to {seen.stepped.to_kg} kg without a ramp",
            )
        self._record(before, reading, seen)
        self._judge_load(reading)
        if seen.over is not None:
            self._ended(seen.over)
        elif not state.weigher.on_deck:
            self._end_deck_problems()
        self._watch_zero(reading)
        if reading.vehicle is not None and state.weigher.on_deck:
            self._name(reading.vehicle, reading.moment)
        return self._worth_keeping(before, reading.moment)

    def _record(self, before: WeigherState, reading: WeightReading, seen: Seen) -> None:
        tape = self._state.tape
        if before.on_deck or self._state.weigher.on_deck or seen.over is not None:
            tape.frame(reading, self._state.weigher.weighing.kept)
        else:
            tape.lead_in(reading)

    def _judge_load(self, reading: WeightReading) -> None:
        if not self._state.weigher.on_deck:
            return
        kept, limit = self._state.weigher.weighing.kept, self._scale.capacity_kg
        if reading.overload:
            self._open_on_deck("over-capacity", reading.weight_kg, limit, "the indicator says so")
        elif kept is not None and kept.weight_kg > limit:
            self._open_on_deck("over-capacity", kept.weight_kg, limit, None)

    def _watch_zero(self, reading: WeightReading) -> None:
        state = self._state
        state.drift, phase = zero_drift.step(
            state.drift, reading, bare=not state.weigher.on_deck, limits=self._drift
        )
        if phase == "opened":
            state.drift_problem = state.next_problem(self._scale.id)
            self._tell("zero-drift", phase, state.drift_problem, reading.weight_kg)
        elif phase == "ended" and state.drift_problem is not None:
            self._tell("zero-drift", phase, state.drift_problem, reading.weight_kg)
            state.drift_problem = None

    def _worth_keeping(self, before: WeigherState, now: Moment) -> bool:
        after = self._state.weigher
        if after.phase is not before.phase or _since(after) != _since(before):
            return True
        if step_change.in_doubt(after.level) != step_change.in_doubt(before.level):
            return True
        if not after.on_deck:
            return self._config.save_every_s == 0
        age_s = elapsed_s(self._saved, now) if self._saved else None
        return age_s is None or age_s >= self._config.save_every_s

    # -- the vehicle

    def _vehicle(self, reading: VehicleReading) -> bool:
        """Names heard while the former vehicle rolls off are its own, not the next one's."""
        if reading.device == self._config.reader and self._state.weigher.phase != "leaving":
            return self._name(reading.vehicle, reading.moment) or self._config.save_every_s == 0
        return False

    def _name(self, vehicle: Vehicle, now: Moment) -> bool:
        """Whether it is a new name. Approaching, only the last one named may be the one that comes;
        once on the deck every name counts, and more than the one before."""
        known = self._by_tag.get(vehicle.plate) if vehicle.source == "rfid" else None
        if known is not None:
            vehicle = Vehicle(plate=known.plate, source=vehicle.source)
        state = self._state
        standing = 1 if state.weigher.on_deck else 0
        if not standing:
            state.named = [one for one in state.named if one.vehicle.plate == vehicle.plate]
        for one in state.named:
            if one.vehicle.plate == vehicle.plate:
                one.times += standing
                one.heard = one.heard if standing else now
                return False
        if len(state.named) < MOST_NAMES:
            state.named.append(Named(vehicle, now, standing))
        return True

    def _on_deck_vehicle(self, over: Over) -> Vehicle | None:
        """The one named most often; of equals the first. A queueing truck is read now and then, and
        a name heard long before the deck was touched belongs to one that never came."""
        names = [
            one
            for one in self._state.named
            if one.times or (elapsed_s(one.heard, over.started) or 0.0) <= APPROACH_S
        ]
        return max(names, key=lambda one: one.times).vehicle if names else None

    # -- the end of a weighing

    def _ended(self, over: Over) -> None:
        state = self._state
        vehicle = self._on_deck_vehicle(over)
        if over.kept is None:
            self._left_unsettled(vehicle)
        else:
            self._ticket(over, over.kept, vehicle)
        self._end_deck_problems()
        state.named = []

    def _left_unsettled(self, vehicle: Vehicle | None) -> None:
        """There is no weight to make a ticket of."""
        problem = self._state.next_problem(self._scale.id)
        who = vehicle.plate if vehicle else "a vehicle nobody named"
        detail = f"{who} left before its weight stood still"
        peak = self._state.weigher.peak_kg
        self._tell("left-before-stable", "opened", problem, peak, detail=detail)
        self._tell("left-before-stable", "ended", problem, peak)

    def _ticket(self, over: Over, kept: Kept, vehicle: Vehicle | None) -> None:
        state, scale = self._state, self._scale
        number = state.next_ticket(scale.id)
        content = ticketing.alibi_of(number, over, kept, state.tape, scale=scale, rules=self._rules)
        weighed = Weighed(number, over, kept, content)
        known = self._by_plate.get(vehicle.plate) if vehicle else None
        paired = Paired(kept.weight_kg)
        anomalies: list[AnomalyKind] = sorted(state.deck_problems)
        if state.drift_problem is not None:
            anomalies.append("zero-drift")
        if vehicle is not None and not over.disturbed and kept.weight_kg >= scale.min_kg:
            paired = self._pair(vehicle.plate, weighed)
            anomalies += self._judge_repeat(vehicle.plate, weighed, paired)
        ticket = ticketing.ticket_of(
            weighed,
            paired,
            vehicle,
            carrier=known.carrier if known else None,
            anomalies=tuple(anomalies),
            config=self._config,
            scale=scale,
        )
        evidence = (NewEvidence(content, MEDIA_TYPE),)
        self.out.append(Conclusion(ticket, self._subject, None, evidence))

    def _pair(self, plate: str, weighed: Weighed) -> Paired:
        state, now = self._state, weighed.over.ended
        self._end_tip(plate)
        passage = Passage(weighed.ticket_no, weighed.raw_sha256, weighed.kept.weight_kg, now)
        stored = ticketing.stored_tare(self._by_plate.get(plate), now)
        state.pairings, paired = pairing.step(state.pairings, plate, passage, stored, self._pairing)
        if paired.forsaken is not None:
            self._open_tip(plate, paired.forsaken, "came laden again without being tared")
        return paired

    def _judge_repeat(self, plate: str, weighed: Weighed, paired: Paired) -> list[AnomalyKind]:
        state = self._state
        if paired.source == "weighed":
            state.loads = same_load.unloaded(state.loads, plate)
            return []
        if not paired.load:
            return []
        load = Load(weighed.ticket_no, weighed.kept.weight_kg, weighed.over.ended)
        state.loads, earlier = same_load.step(state.loads, plate, load, self._same_load)
        if earlier is None:
            return []
        problem = state.next_problem(self._scale.id)
        detail = f"{plate} as in ticket {earlier.ticket_no} with {earlier.weight_kg} kg"
        value, ticket_no = weighed.kept.weight_kg, weighed.ticket_no
        self._tell("same-load-twice", "opened", problem, value, ticket_no=ticket_no, detail=detail)
        self._tell("same-load-twice", "ended", problem, value, ticket_no=ticket_no)
        return ["same-load-twice"]

    # -- problems

    def _expire(self, now: Moment) -> None:
        age_s = elapsed_s(self._pruned, now) if self._pruned else None
        if age_s is not None and age_s < PRUNE_S:
            return
        self._pruned = now
        self._state.pairings, tips = pairing.expire(self._state.pairings, now, self._pairing)
        for plate, passage in tips:
            self._open_tip(plate, passage, "not tared within the window")

    def _open_tip(self, plate: str, passage: Passage, why: str) -> None:
        self._end_tip(plate)
        state = self._state
        problem = state.next_problem(self._scale.id)
        state.pairings = pairing.tip_opened(state.pairings, plate, problem)
        detail = f"{plate}: {why}"
        ticket_no, value = passage.ticket_no, passage.weight_kg
        self._tell("untared-tip", "opened", problem, value, ticket_no=ticket_no, detail=detail)

    def _end_tip(self, plate: str) -> None:
        self._state.pairings, problem = pairing.tip_ended(self._state.pairings, plate)
        if problem is not None:
            self._tell("untared-tip", "ended", problem, None, detail=f"{plate} was weighed again")

    def _watch_line(self, status: LineStatus) -> None:
        state = self._state
        state.line, changes = line_watch.step(state.line, status, self._line)
        for change in changes:
            if change.phase == "opened":
                state.line_problem = state.next_problem(self._scale.id)
            if state.line_problem is not None:
                after_s = Decimal(f"{change.after_s:.1f}")
                self._tell(change.kind, change.phase, state.line_problem, after_s, unit="s")
            if change.phase == "ended":
                state.former_line_problem, state.line_problem = state.line_problem, None

    def verdict(self, asked: LookAsked) -> Verdict | None:
        """None: no trouble of this line."""
        state = self._state
        if asked.problem_id in {state.line_problem, state.former_line_problem}:
            return of_line(state.line, asked.moment, self._line.recover_s)
        return None

    def _open_on_deck(
        self, kind: AnomalyKind, value: Decimal, limit: Decimal, detail: str | None
    ) -> None:
        state = self._state
        if kind not in state.deck_problems:
            state.deck_problems[kind] = state.next_problem(self._scale.id)
            self._tell(kind, "opened", state.deck_problems[kind], value, limit=limit, detail=detail)

    def _end_deck_problems(self) -> None:
        for kind, problem in self._state.deck_problems.items():
            self._tell(kind, "ended", problem, None)
        self._state.deck_problems = {}

    def _tell(
        self,
        kind: AnomalyKind,
        phase: Phase,
        problem: str,
        value: Decimal | None,
        *,
        limit: Decimal | None = None,
        unit: str = "kg",
        ticket_no: str | None = None,
        detail: str | None = None,
    ) -> None:
        anomaly = WeighAnomaly(
            problem_id=problem,
            phase=phase,
            kind=kind,
            weighbridge=self._scale.id,
            value=value,
            limit=limit,
            unit=unit if value is not None else None,
            ticket_no=ticket_no,
            detail=detail,
        )
        self.out.append(Conclusion(anomaly, self._subject))

    @property
    def _subject(self) -> str:
        return f"weighbridge/{self._scale.id}"


def _since(state: WeigherState) -> Moment | None:
    return state.weighing.kept.since if state.weighing.kept else None
