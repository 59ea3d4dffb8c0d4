"""The role: begins shifts, watches badges, judges tracks, and says what a person must know.

Three things side by side. *Live*: fixes as they come, for exceptions at once. *Verdicts*: from the kept
track, after the shift, again when late reports come. *Findings*: badges that go as one. What must
outlive a power cut is in the ledger; the rest is made again from the tracks.

Nothing is concluded from time while the clock is unset or in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Protocol

from contract.payloads.attendance import ExceptionKind
from contract.payloads.gateway import GatewayNotice
from contract.rosters.shift import PlannedShift
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.ports import UNKEPT, CatchUp, Recall, RoleStep
from edge_agent.readings import Moment, PositionReading, Reading, Tick, TrackReading, series_of
from edge_agent.roles.attendance import calls, ledger, verdicts
from edge_agent.roles.attendance.clock_doubt import ClockDoubt
from edge_agent.roles.attendance.conditions import (
    alerted,
    conditions,
    expected_piece,
    too_many_silent,
)
from edge_agent.roles.attendance.judging import Fencing, window_of
from edge_agent.roles.attendance.ledger import AttendanceState, Entry
from edge_agent.roles.attendance.live import Companions, Live, OneSide
from edge_agent.roles.attendance.problems import Problems
from edge_agent.roles.attendance.remembering import RESUME, Remembering
from edge_agent.roles.attendance.roll import Planner, Roll
from edge_agent.roles.attendance.watch import Watch

_NS = 10**9
WALK_S = 5.0  # how often shifts are looked for that begin or end
ROUND_TICKS = 20  # every watch is looked at once in so many ticks
# So that ten thousand shifts leave the loop to the terminals: judged, and watched again after a restart.
VERDICTS_PER_TICK, RESUMES_PER_TICK = 2, 6
SAVE_S = 60.0  # how old the ordinal may be from which on positions are looked at again
CATCH_UP = "catch-up"
IN_FLIGHT = 10_000  # ordinals that may still have been on their way when one was noted


class Fences(Fencing, OneSide, Protocol):
    """`contract.fences.Fences`."""


class Finding(Protocol):
    """`suspicions.Finding`."""

    @property
    def kind(self) -> ExceptionKind: ...
    @property
    def badges(self) -> tuple[str, ...]: ...
    @property
    def since_ns(self) -> int: ...
    @property
    def detail(self) -> str: ...
    @property
    def evidence(self) -> bytes: ...


class Suspecting(Companions, Protocol):
    """`suspicions.Suspicions`."""

    def findings(self, at_ns: int, plans: Mapping[str, PlannedShift]) -> Sequence[Finding]: ...

    def sketch(self, badge: str) -> tuple[int, ...]: ...

    def learn(self, badge: str, shift_key: str, sketch: Sequence[int]) -> None: ...


class Attendance:
    """Pure: time arrives in readings. `fences` and `planner` are those of the areas and rosters in
    force; when they change the role is made anew and restored."""

    def __init__(
        self,
        config: AttendanceConfig,
        planner: Planner,
        fences: Fences,
        suspicions: Suspecting | None = None,
        name: str = "attendance",
    ) -> None:
        self.name = name
        self._config, self._planner, self._fences = config, planner, fences
        self._suspicions = suspicions
        self._badges = frozenset(planner.badges())
        self._state = AttendanceState()
        self._problems = Problems(self._state)
        self._roll = Roll(config, planner)
        self._live = Live(config, fences, suspicions)
        self._doubt = ClockDoubt(config.clock_doubt_s)
        self._memory = Remembering(config, self._roll, self._live)
        self._restored = False
        self._dirty = False
        self._walked_ns = self._found_ns = self._saved_ns = 0
        self._watched_until_ns: int | None = None
        self._turn = self._asks_left = 0
        self._silence_tells = True

    # -- the port

    def restore(self, state: bytes) -> None:
        """msgspec.DecodeError / ValidationError when it is no state of this role."""
        self._state = ledger.decode_state(state)
        self._state.series = ""  # the store may be an old image: its next numbers may be taken
        self._problems = Problems(self._state)
        self._restored = True

    def restore_keyed(self, states: Mapping[str, bytes]) -> None:
        entries = [ledger.decode_entry(content) for content in states.values()]
        self._roll.restore(entries)
        for entry in entries:
            self._memory.judge(entry)
        if self._suspicions is not None:
            for entry in entries:
                for badge in verdicts.badges_of(entry.plan):
                    self._suspicions.learn(badge, entry.plan.key, entry.sketch)

    def may_keep(self, position: PositionReading) -> bool | None:
        """On their shift, and some time around it; who is not in the roster is not ours to judge."""
        badge = position.terminal
        if badge not in self._badges:
            return None
        at_ns = position.moment.utc_ns if position.at_ns is None else position.at_ns
        margin_ns = self._margin_ns
        return self._planner.on_shift(badge, at_ns, margin_ns) or bool(
            self._roll.of_badge(badge, at_ns, margin_ns)
        )

    def plan_of(self, key: str) -> PlannedShift | None:
        """The plan of a shift that has begun, as it is held against its person."""
        entry = self._roll.entries.get(key)
        return None if entry is None else entry.plan

    def step(self, reading: Reading) -> RoleStep:
        recalls: list[Recall | CatchUp] = []
        if not self._state.series:
            self._state.series = series_of(reading.moment)
            self._dirty = True
        if isinstance(reading, PositionReading):
            self._hear(reading)
        elif isinstance(reading, TrackReading):
            recalls += self._remembered(reading)
        elif isinstance(reading, Tick):
            recalls += self._tick(reading.moment)
        return self._answer(recalls)

    # -- positions

    def _hear(self, position: PositionReading) -> None:
        self._doubt.note(position)
        if position.terminal in self._badges:
            self._dirty |= calls.take(position, self._problems, self._config)
        if position.ordinal in (0, UNKEPT):
            return
        self._state.seen = max(self._state.seen, position.ordinal)
        self._live.take(position)
        self._note_late(position)

    def _note_late(self, position: PositionReading) -> None:
        if position.at_ns is None:
            return
        now_ns = position.moment.utc_ns
        for entry in self._roll.of_badge(position.terminal, position.at_ns, self._margin_ns):
            if verdicts.is_late_for(entry, position.at_ns, now_ns, self._config):
                known = entry.due_ns is not None
                entry.due_ns = now_ns + int(self._config.revise_quiet_s * _NS)
                if not known:
                    self._roll.changed.add(entry.plan.key)
                    self._memory.judge(entry)

    # -- time

    def _tick(self, moment: Moment) -> list[Recall | CatchUp]:
        if moment.clock == "unset" or self._doubt.holds():
            return []
        now_ns = moment.utc_ns
        recalls: list[Recall | CatchUp] = []
        if self._watched_until_ns is None:
            recalls += self._resume(now_ns)
        if abs(now_ns - self._walked_ns) >= WALK_S * _NS:
            self._walked_ns = now_ns
            self._walk(now_ns)
        self._look(now_ns)
        self._suspect(now_ns)
        self._asks_left = RESUMES_PER_TICK if self._memory.waiting else VERDICTS_PER_TICK
        recalls += self._ask(now_ns)
        if abs(now_ns - self._saved_ns) >= SAVE_S * _NS:
            self._saved_ns, self._dirty = now_ns, True
        return recalls

    def _resume(self, now_ns: int) -> list[CatchUp]:
        """After a restart, or with a new roster: what began is compared with it, and watched again."""
        self._watched_until_ns = now_ns - self._margin_ns
        known, self._state.alerts = self._state.alerts, verdicts.digest_of(self._config.alerts)
        if not self._restored:
            return []
        if known != self._state.alerts:
            self._judge_again(now_ns)
        for entry in self._roll.compare(self._state, now_ns):
            if not entry.plan.expected():
                self._excuse(entry)
            self._live.begin(entry.plan)
            self._memory.judge(entry)
        self._tell_held()
        for entry in self._roll.entries.values():
            if window_of(entry.plan, self._config.limits)[1] > now_ns:
                self._live.begin(entry.plan)
        self._watch(now_ns)
        self._memory.resume(self._live.watches)
        return [CatchUp(CATCH_UP, max(0, self._state.seen - IN_FLIGHT))]

    def _excuse(self, entry: Entry) -> None:
        """The whole shift was taken out: nothing that was said of it goes on."""
        area = entry.plan.areas[0] if entry.plan.areas else ""
        for kind in list(entry.raised):
            self._problems.end(entry.raised, kind, area)

    def _judge_again(self, now_ns: int) -> None:
        """The weather was told late: what it excuses is seen in what was told already."""
        for entry in self._roll.entries.values():
            if entry.revision >= 0 and entry.due_ns is None:
                entry.due_ns, entry.n = now_ns, 0
                self._roll.changed.add(entry.plan.key)
                self._memory.judge(entry)

    def _walk(self, now_ns: int) -> None:
        before = self._state.walked_ns
        for entry in self._roll.walk(self._state, now_ns):
            self._live.begin(entry.plan)
            self._memory.judge(entry)
        self._dirty |= before is None
        self._watch(now_ns)
        self._finish(now_ns)
        self._silence_tells = not too_many_silent(
            list(self._live.watches.values()), now_ns, self._config
        )

    def _watch(self, now_ns: int) -> None:
        """Whoever comes early has come: a shift is watched from `margin_s` before its begin on."""
        until_ns = now_ns + self._margin_ns
        since_ns = self._watched_until_ns or now_ns
        if until_ns <= since_ns:
            return
        for plan in self._planner.shifts(since_ns, until_ns):
            if plan.start_ns >= since_ns and plan.key not in self._live.watches:
                self._live.begin(plan)
        self._watched_until_ns = until_ns

    def _finish(self, now_ns: int) -> None:
        for watch in self._live.over(now_ns):
            entry = self._roll.entries.get(watch.plan.key)
            badge = _badge(watch, now_ns)
            if entry is not None and self._suspicions is not None:
                entry.sketch = self._suspicions.sketch(badge)
                self._suspicions.learn(badge, watch.plan.key, entry.sketch)
                self._roll.changed.add(watch.plan.key)
            self._live.end(watch)
            if entry is None:
                continue
            for kind in list(entry.raised):
                self._problems.end(entry.raised, kind, _area(watch))
                self._roll.changed.add(watch.plan.key)
        self._dirty |= self._problems.close_findings(set(self._live.plans()))

    def _look(self, now_ns: int) -> None:
        """A part of the watches in each tick, all of them in ROUND_TICKS."""
        self._turn = (self._turn + 1) % ROUND_TICKS
        for watch in islice(self._live.watches.values(), self._turn, None, ROUND_TICKS):
            entry = self._roll.entries.get(watch.plan.key)
            if entry is not None:
                self._judge_now(watch, entry, now_ns)

    def _judge_now(self, watch: Watch, entry: Entry, now_ns: int) -> None:
        if watch.plan.key in self._memory.waiting:
            return  # it is not known yet where the badge was
        badge = _badge(watch, now_ns)
        changed = False
        for one in conditions(watch, now_ns, self._config, silence_tells=self._silence_tells):
            if one.since_ns is None:
                changed |= self._problems.end(entry.raised, one.kind, _area(watch))
            else:
                changed |= self._problems.open(
                    entry.raised, one.kind, badge, one.since_ns, area=_area(watch)
                )
        if entry.spot_ns is not None and now_ns >= entry.spot_ns:
            changed |= self._spot_check(watch, entry, badge, now_ns)
        if changed:
            self._roll.changed.add(entry.plan.key)

    def _spot_check(self, watch: Watch, entry: Entry, badge: str, now_ns: int) -> bool:
        """GPS sees the badge, not who wears it: now and then a person has to look."""
        expected = expected_piece(watch, now_ns) is not None
        if not expected or alerted(watch, now_ns, self._config):
            return False
        if watch.inside_ns is None or watch.arrived_ns is None:
            return False
        entry.spot_ns, entry.spotted = None, True
        detail = "chosen by lot: is the person there whose badge this is?"
        return self._problems.open(
            entry.raised, "spot-check", badge, now_ns, area=_area(watch), detail=detail
        )

    def _suspect(self, now_ns: int) -> None:
        due_ns = self._found_ns + int(self._config.proxies_every_s * _NS)
        if self._suspicions is None or self._memory.waiting or self._found_ns <= now_ns < due_ns:
            return
        self._found_ns = now_ns
        for one in self._suspicions.findings(now_ns, self._live.plans()):
            self._dirty |= self._problems.find(
                one.kind,
                one.badges,
                one.since_ns,
                one.detail,
                one.evidence,
            )

    # -- what was kept

    def _ask(self, now_ns: int) -> list[Recall]:
        """A few in each tick: judging ten thousand shifts must not keep terminals waiting."""
        if self._asks_left <= 0:
            return []
        recalls = self._memory.next(now_ns)
        self._asks_left -= len(recalls)
        return recalls

    def _remembered(self, found: TrackReading) -> list[Recall | CatchUp]:
        if found.key == CATCH_UP:
            for position in found.positions:
                self._state.seen = max(self._state.seen, position.ordinal)
                self._note_late(position)
            return [] if found.complete else [CatchUp(CATCH_UP, found.positions[-1].ordinal)]
        if not self._memory.answered(found.key):
            return []
        if found.key.startswith(RESUME):
            watch = self._live.watches.get(found.key.removeprefix(RESUME))
            if watch is not None:
                self._live.resume(watch, found.positions)
        else:
            entry = self._roll.entries.get(found.key.removeprefix(verdicts.KEY))
            if entry is not None:
                self._judge(entry, found.positions)
        return list(self._ask(found.moment.utc_ns))

    def _judge(self, entry: Entry, track: Sequence[PositionReading]) -> None:
        done = verdicts.judged(entry, track, self._fences, self._config)
        if done.told is not None:
            self._problems.tell(done.told, f"badge/{done.badge}")
        self._roll.changed.add(entry.plan.key)

    # -- the answer

    def _tell_held(self) -> None:
        for detail in self._roll.held:
            self._problems.tell(GatewayNotice(kind="roster-change-held", detail=detail), "roster")
        self._roll.held.clear()

    def _answer(self, recalls: Sequence[Recall | CatchUp]) -> RoleStep:
        conclusions = self._problems.taken()
        changed, self._roll.changed = self._roll.changed, set()
        if not (conclusions or changed or self._dirty):
            return RoleStep(recalls=tuple(recalls))
        self._dirty = False
        keyed = {}
        for key in changed:
            entry = self._roll.entries.get(key)
            keyed[key] = b"" if entry is None else ledger.encode(entry)
        return RoleStep(
            conclusions, ledger.encode(self._state), keyed=keyed, recalls=tuple(recalls)
        )

    @property
    def _margin_ns(self) -> int:
        return int(self._config.limits.margin_s * _NS)


def _area(watch: Watch) -> str | None:
    return watch.plan.areas[0] if watch.plan.areas else None


def _badge(watch: Watch, now_ns: int) -> str:
    """The one that the person should wear now."""
    for span in watch.plan.badges:
        if span.start_ns <= now_ns < span.end_ns:
            return span.badge
    return watch.plan.badges[0].badge if watch.plan.badges else watch.plan.person
