"""The role: bags are followed to the bins, counted by stream and class, and whoever errs is told at once.

The order to speak leaves with the very reading that showed the deposit, hub or no hub. A bag that is seen
again within the moments in which its track lives had not gone in, and is taken off the counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract.payloads.waste import DepositCount, WasteDeposit, Window
from contract.timestamps import rfc3339
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.speaker import SpeakerConfig, quiet_minutes, zone_minutes
from edge_agent.config.disposal_point import DisposalPointConfig
from edge_agent.ports import Conclusion, DeviceOrder, Film, RoleStep
from edge_agent.readings import (
    LineStatus,
    LookAsked,
    Moment,
    Reading,
    SceneReading,
    Tick,
    elapsed_s,
    series_of,
)
from edge_agent.roles.disposal_point import lying
from edge_agent.roles.disposal_point.lying import Lying
from edge_agent.roles.disposal_point.matters import Matters
from edge_agent.roles.disposal_point.state import (
    PointState,
    Spoken,
    Tally,
    decode_state,
    encode_state,
)
from edge_agent.roles.disposal_point.voice import Voice
from edge_agent.rules import day_hours
from edge_agent.rules.deposits import step as deposits
from edge_agent.rules.deposits.words import Carried, DepositLimits, Fact, Waste
from edge_agent.rules.standing.watch import Watch

NS = 10**9
UNKNOWN, WRONG_DEPOSIT = "unknown", "wrong-deposit"
PUTS_RIGHT_S = 10.0  # whoever was told so lately is about it, and passes other bins
MOST_SPOKEN = 50
MOST_ENTRIES = 50
NO_TRACK = 0  # a camera's numbers mean nothing to another start


@dataclass(frozen=True, slots=True)
class _Entry:
    """How a bag was counted: in which window, as what, and whether it was right there (None: unknown)."""

    window_s: int
    key: str
    right: bool | None


class DisposalPoint:
    """`speaker` is the device that `config.speaker` names. Pure: time arrives in readings."""

    def __init__(
        self,
        config: DisposalPointConfig,
        camera: CameraConfig,
        speaker: SpeakerConfig | None = None,
        name: str = "disposal_point",
    ) -> None:
        self.name = name
        self._config = config
        self._bins = {one.zone: one.stream for one in config.bins}
        self._films = camera.clip is not None and camera.clip.deposits
        self._limits = DepositLimits(
            bags=frozenset(config.bags),
            bins=frozenset(self._bins),
            ground=frozenset(config.ground),
            streams=config.stream_of_class,
            sure=config.sure,
            sure_to_speak=config.sure_to_speak,
            beside_s=config.beside_s,
            approach_s=config.approach_s,
            people=frozenset(config.people),
            gone_looks=config.gone_looks,
            gone_s=config.gone_s,
            before={one.before: one.zone for one in config.bins if one.before is not None},
            lift_s=config.lift_s,
            least=camera.min_score,
        )
        self._hours = tuple(quiet_minutes(text) for text in config.hours)
        self._zone_min = zone_minutes(config.zone)
        self._watch = Watch({camera.id: camera}, config.classes, config.place)
        self._voice, self._matters = Voice(config, speaker), Matters(config)
        self._bags: dict[int, Carried] = {}
        self._entries: dict[int, _Entry] = {}
        self._lying: list[Lying] = []
        self._out: list[Conclusion] = []
        self._orders: list[DeviceOrder] = []
        self._adopt(PointState())

    def restore(self, state: bytes) -> None:
        """msgspec.DecodeError / ValidationError when it is no state of this role."""
        self._adopt(decode_state(state))
        self._state.series = ""  # the store may be an old image: its next numbers may be taken
        for one in self._state.spoken:
            one.track = one.bearer = NO_TRACK

    def step(self, reading: Reading) -> RoleStep:
        self._out, self._orders, self._matters.out = [], [], []
        save = not self._state.series
        if save:
            self._state.series = series_of(reading.moment)
        save = self._expire(reading.moment) or save
        save = self._watch.take(reading) or save
        save = self._take(reading) or save
        conclusions = (*self._out, *self._matters.out, *self._watch.out)
        orders = (*self._orders, *self._watch.orders)
        if not (save or conclusions):
            return RoleStep(orders=orders)
        return RoleStep(conclusions, encode_state(self._state), orders)

    def takes(self, asked: LookAsked) -> bool:
        """A full bin or a heap that it saw, or one that somebody reports from here."""
        return self._watch.takes(asked)

    def _adopt(self, state: PointState) -> None:
        self._state = state
        self._watch.adopt(state.watch, state.next_problem)
        self._matters.adopt(state)
        self._bags, self._entries, self._lying = {}, {}, []

    def _take(self, reading: Reading) -> bool:
        if isinstance(reading, Tick):
            if self._is_open(reading.moment):
                self._matters.opens(reading.moment)
        elif isinstance(reading, LineStatus):
            if reading.device == self._config.camera and not reading.connected:
                self._bags, self._entries, self._lying = {}, {}, []
        elif isinstance(reading, SceneReading) and reading.device == self._config.camera:
            self._look(reading)
            facts = deposits.step(self._bags, reading, self._limits)
            for fact in facts:
                self._heed(fact, reading.moment)
            return bool(facts)
        return False

    def _is_open(self, now: Moment) -> bool | None:
        """None: nobody can say."""
        return day_hours.within(now, self._hours, self._zone_min)

    # -- what happens to a bag

    def _heed(self, fact: Fact, now: Moment) -> None:
        waste, right = fact.waste, self._bins.get(fact.bin or "")
        if fact.way == "into":
            self._deposited(fact, self._meant(fact, now) or waste, now)
        elif fact.way == "back":
            self._not_deposited(fact, now)
        elif fact.way == "beside":
            news = self._is_news(fact) and not fact.late
            if news and self._brought(now) and waste is not None:
                self._speak("beside", fact, waste, now)
        elif waste is not None and waste.stream != right and self._is_open(now) is not False:
            self._speak("wrong", fact, waste, now)

    def _look(self, reading: SceneReading) -> None:
        """Which bags still lie where they were put."""
        seen = [one for one in reading.things if one.unseen_s <= 0]
        bags = [one.box for one in seen if one.label in self._limits.bags]
        people = [one.box for one in seen if one.label in self._limits.people]
        lying.look(self._lying, bags, people, full=reading.full)

    def _is_news(self, fact: Fact) -> bool:
        return fact.box is not None and lying.put_down(self._lying, fact.box, fact.track)

    def _deposited(self, fact: Fact, waste: Waste | None, now: Moment) -> None:
        into = self._bins[fact.bin or ""]
        corrects = self._spoken_of(fact, into, now)
        tally = self._tally(now)
        key = f"{into}/{waste.waste_class if waste else UNKNOWN}"
        tally.counts[key] = tally.counts.get(key, 0) + 1
        is_open = True if corrects else self._brought(now)
        right = None if waste is None else waste.stream == into
        self._enter(fact.track, _Entry(tally.start_s, key, right))
        if waste is None or right is None:
            return
        tally.correct += right
        tally.mixed += not right
        if corrects is not None:
            self._corrected(corrects, tally, now)
        self._matters.put(now, right=right)
        if not right and is_open and not fact.late:
            self._speak("wrong", fact, waste, now, window_s=tally.start_s)
        if not right and self._films:
            self._orders.append(DeviceOrder(self._config.camera, Film(WRONG_DEPOSIT, now)))

    def _enter(self, track: int, entry: _Entry) -> None:
        self._entries.pop(track, None)
        self._entries[track] = entry
        while len(self._entries) > MOST_ENTRIES:
            del self._entries[next(iter(self._entries))]

    def _not_deposited(self, fact: Fact, now: Moment) -> None:
        """Its bearer still had it. What was said stays said, and is not said again of this bag and bin."""
        entry = self._entries.pop(fact.track, None)
        if entry is None:
            return
        for one in self._state.spoken:
            if (one.track, one.bin) == (fact.track, fact.bin):
                one.window_s = None
        if entry.right is not None:
            self._matters.not_put(now, right=entry.right)
        tally = self._state.tally
        if tally is not None and tally.start_s == entry.window_s:
            tally.counts[entry.key] = tally.counts.get(entry.key, 1) - 1
            tally.correct -= entry.right is True
            tally.mixed -= entry.right is False

    def _brought(self, now: Moment) -> bool:
        """Whether the point takes anything now; whoever comes too late is told only that."""
        is_open = self._is_open(now)
        self._matters.brought(now, is_open=is_open)
        if is_open is False:
            self._say("closed", None, now)
        return is_open is not False

    def _corrected(self, spoken: Spoken, tally: Tally, now: Moment) -> None:
        """It was put right: the wrong one is no longer in its bin."""
        self._state.spoken.remove(spoken)
        lying.taken(self._lying, spoken.track)
        tally.corrected += 1
        if spoken.window_s is None or spoken.bin is None:
            return
        self._matters.put_right(now)
        if spoken.window_s == tally.start_s:
            key = f"{self._bins.get(spoken.bin, '')}/{spoken.waste_class}"
            tally.counts[key] = tally.counts.get(key, 1) - 1
            tally.mixed = max(0, tally.mixed - 1)

    # -- the voice

    def _speak(
        self, on: str, fact: Fact, waste: Waste, now: Moment, window_s: int | None = None
    ) -> None:
        """What was said of a bag while it was held there holds for its deposit too."""
        state = self._state
        for one in state.spoken:
            if one.track == fact.track and one.bin == fact.bin and window_s is not None:
                one.window_s = window_s
                return
        if on == "wrong" and self._puts_right(fact, waste, now):
            return
        if not self._say(on, waste.stream, now):
            return
        spoken = Spoken(
            at=now, track=fact.track, stream=waste.stream, waste_class=waste.waste_class,
            bin=fact.bin, window_s=window_s, bearer=fact.bearer,
        )  # fmt: skip
        state.spoken = [*state.spoken, spoken][-MOST_SPOKEN:]

    def _puts_right(self, fact: Fact, waste: Waste, now: Moment) -> bool:
        """Whether its bearer was told of such a bag a moment ago."""
        same = (
            one
            for one in self._state.spoken
            if one.bearer == fact.bearer != 0 and one.stream == waste.stream
        )
        passed = (elapsed_s(one.at, now) for one in same)
        return any(one_s is not None and one_s <= PUTS_RIGHT_S for one_s in passed)

    def _say(self, on: str, stream: str | None, now: Moment) -> bool:
        state = self._state
        state.prompting, orders = self._voice.say(state.prompting, on, stream, now)
        self._orders += orders
        if orders:
            self._tally(now).prompts += 1
        return bool(orders)

    def _spoken_of(self, fact: Fact, into: str, now: Moment) -> Spoken | None:
        """Whoever was told about this bag, if it is now where it belongs: the same bag on its way, one
        that came out of the bin it had gone into, one that had been put down, or one that the same person
        brings now."""
        for one in reversed(self._state.spoken):
            passed_s = elapsed_s(one.at, now)
            if passed_s is None or passed_s > self._config.correct_s or one.stream != into:
                continue
            came = one.bin in fact.origin if one.bin is not None else fact.lay
            same = one.track == fact.track or (one.bearer and one.bearer == fact.bearer)
            if came or (same and fact.bin != one.bin):
                return one
        return None

    def _meant(self, fact: Fact, now: Moment) -> Waste | None:
        """A bag that comes back to be put right is the one that was spoken of, however it looks now."""
        one = self._spoken_of(fact, self._bins.get(fact.bin or "", ""), now)
        return None if one is None else Waste(one.waste_class, one.stream)

    # -- windows

    def _tally(self, now: Moment) -> Tally:
        if self._state.tally is None:
            window_s = self._config.window_min * 60
            self._state.tally = Tally(start_s=now.utc_ns // NS // window_s * window_s)
        return self._state.tally

    def _expire(self, now: Moment) -> bool:
        """A window ends when time has passed its end; a clock set back by less opens none again."""
        tally, window_s = self._state.tally, self._config.window_min * 60
        if tally is None or -window_s <= now.utc_ns / NS - tally.start_s < window_s:
            return False
        self._state.tally = None
        counts = tuple(
            DepositCount(stream=key.partition("/")[0], waste_class=key.partition("/")[2], n=n)
            for key, n in sorted(tally.counts.items())
            if n > 0
        )
        payload = WasteDeposit(
            point=self._config.point,
            window=Window(
                start=rfc3339(tally.start_s * NS), end=rfc3339((tally.start_s + window_s) * NS)
            ),
            counts=counts,
            correct=tally.correct,
            mixed=tally.mixed,
            prompts=tally.prompts,
            corrected_after_prompt=tally.corrected,
        )
        self._out.append(Conclusion(payload, f"disposal-point/{self._config.point}"))
        return True
