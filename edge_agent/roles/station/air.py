"""The air of the station: summaries of what its sensors measure, alarms, and sensors that fail.

A fault is not a value: it enters no summary and moves no alarm, neither up nor down. A quantity that
has given nothing but faults for `fault_s` is told once as a notice of the gateway (`sensor-fault`)
and once again when values have come for as long as that is bounded (`sensor-back`). A sensor that
does not answer at all is the supervisor's matter (`device-lost`).

The open windows are state: they are kept every few seconds, so that a restart loses no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contract.payloads.air import AirAlarm, AirSummary, Quantity
from contract.payloads.gateway import GatewayNotice, NoticeKind
from edge_agent.config.air_limits import AirLimit
from edge_agent.config.roles import StationConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import (
    LookAsked,
    Moment,
    Reading,
    SensorFault,
    SensorReading,
    Tick,
    elapsed_s,
)
from edge_agent.roles.station.looking import Verdict, of_alarm
from edge_agent.roles.station.state import AirState, Alarm, Series, StationState
from edge_agent.rules import hysteresis, windows
from edge_agent.rules.hysteresis import HoldLimits, Threshold
from edge_agent.rules.windows import Summary

BACK_S = 30.0  # values for so long, or `fault_s` if that is shorter, end a sensor's fault
DECIMALS = 6  # of a mean: beyond what any sensor resolves


@dataclass(frozen=True, slots=True)
class Limit:
    """An alarm's limit as the rules want it; `name` tells limits of one series apart."""

    name: str
    threshold: Threshold
    hold: HoldLimits


class Air:
    """The sensors of one station. Pure: time arrives in readings. `out` is what the last reading
    concluded."""

    def __init__(self, config: StationConfig) -> None:
        self.out: list[Conclusion] = []
        self._config = config
        self._sensors = frozenset(config.sensors)
        self._fault = HoldLimits(config.fault_s, min(BACK_S, config.fault_s), config.sensor_gap_s)
        self._whole = StationState()
        self._saved: Moment | None = None
        self._abandoned = False

    def adopt(self, state: StationState) -> None:
        """Works on this state from now on."""
        self._whole, self._abandoned = state, True

    def saved(self, now: Moment) -> None:
        self._saved = now

    def take(self, reading: Reading) -> bool:
        """Whether the state is worth keeping now."""
        self.out = []
        if self._abandoned:
            self._end_abandoned()
        if isinstance(reading, Tick):
            self._expire(reading.moment)
            return False
        if not isinstance(reading, SensorReading | SensorFault):
            return False
        if reading.device not in self._sensors:
            return False
        self._watch_fault(reading)
        if isinstance(reading, SensorReading):
            self._value(reading)
        age_s = elapsed_s(self._saved, reading.moment) if self._saved else None
        return age_s is None or age_s >= self._config.save_air_s

    @property
    def _state(self) -> AirState:
        return self._whole.air

    # -- summaries

    def _value(self, reading: SensorReading) -> None:
        series = self._series(reading)
        if series.unit != reading.unit:  # another map: what was gathered is in another unit
            series.unit, series.window = reading.unit, None
        series.window, summary = windows.step(
            series.window, reading.value, reading.moment, self._config.window_s
        )
        if summary is not None:
            self._summarise(series, summary)
        for limit in self._limits(reading.device, reading.quantity):
            self._judge(limit, reading)

    def _expire(self, now: Moment) -> None:
        for series in self._state.series.values():
            series.window, summary = windows.expire(series.window, now, self._config.window_s)
            if summary is not None:
                self._summarise(series, summary)

    def _summarise(self, series: Series, summary: Summary) -> None:
        payload = AirSummary(
            sensor=series.sensor,
            quantity=series.quantity,
            unit=series.unit,
            window_s=self._config.window_s,
            n=summary.n,
            min=summary.low,
            max=summary.high,
            mean=round(summary.mean, DECIMALS),
            p95=summary.p95,
            last=summary.last,
        )
        self.out.append(Conclusion(payload, _subject(series.sensor), summary.ended))

    # -- alarms

    def _judge(self, limit: Limit, reading: SensorReading) -> None:
        key = f"{reading.device}/{reading.quantity}/{limit.name}"
        threshold = limit.threshold
        alarm = self._state.alarms.get(key) or Alarm(
            reading.device, reading.quantity, reading.unit, threshold.limit, reading.value
        )
        self._state.alarms[key] = alarm
        alarm.unit, alarm.value = reading.unit, reading.value
        beyond = threshold.beyond(reading.value)
        alarm.held, change = hysteresis.step(alarm.held, beyond, reading.moment, limit.hold)
        if change == "began":
            alarm.problem_id = self._whole.next_problem(reading.device)
            self._alarm(alarm)
        elif change == "ended":
            self._clear(alarm)

    def _alarm(self, alarm: Alarm) -> None:
        payload = AirAlarm(
            sensor=alarm.sensor,
            quantity=alarm.quantity,
            value=alarm.value,
            limit=alarm.limit,
            phase="raised" if alarm.held.on else "cleared",
            unit=alarm.unit,
            problem_id=alarm.problem_id,
        )
        self.out.append(Conclusion(payload, _subject(alarm.sensor)))

    def _clear(self, alarm: Alarm) -> None:
        self._alarm(alarm)
        alarm.former_id, alarm.problem_id = alarm.problem_id, None

    def _end_abandoned(self) -> None:
        """Alarms whose limit or sensor is no longer in the file would stay open for ever."""
        self._abandoned = False
        for key, alarm in list(self._state.alarms.items()):
            names = {one.name for one in self._limits(alarm.sensor, alarm.quantity)}
            if alarm.sensor in self._sensors and key.rpartition("/")[2] in names:
                continue
            del self._state.alarms[key]
            if alarm.held.on:
                alarm.held = hysteresis.Held()
                self._clear(alarm)
        for key, series in list(self._state.series.items()):
            if series.sensor not in self._sensors:
                del self._state.series[key]

    def _limits(self, sensor: str, quantity: Quantity) -> Iterator[Limit]:
        for alarm in self._config.alarms:
            if alarm.quantity == quantity and alarm.sensor in (None, sensor):
                yield _limit(alarm, self._config.sensor_gap_s)

    # -- a second look

    def verdict(self, asked: LookAsked) -> Verdict | None:
        """None: no alarm of these sensors."""
        for alarm in self._state.alarms.values():
            if asked.problem_id in {alarm.problem_id, alarm.former_id}:
                return of_alarm(alarm, asked.moment, self._config.sensor_gap_s)
        return None

    # -- sensors that fail

    def _watch_fault(self, reading: SensorReading | SensorFault) -> None:
        series = self._series(reading)
        faulty = isinstance(reading, SensorFault)
        series.fault, change = hysteresis.step(series.fault, faulty, reading.moment, self._fault)
        if change == "began" and isinstance(reading, SensorFault):
            told = f"{reading.quantity}: {reading.reason}, {reading.detail}"
            self._notice("sensor-fault", reading, told)
        elif change == "ended":
            self._notice("sensor-back", reading, f"{reading.quantity} gives values again")

    def _notice(self, kind: NoticeKind, of: SensorReading | SensorFault, detail: str) -> None:
        notice = GatewayNotice(kind=kind, device=of.device, part=of.quantity, detail=detail)
        self.out.append(Conclusion(notice, _subject(of.device)))

    def _series(self, reading: SensorReading | SensorFault) -> Series:
        key = f"{reading.device}/{reading.quantity}"
        if key not in self._state.series:
            self._state.series[key] = Series(reading.device, reading.quantity)
        return self._state.series[key]


def _limit(alarm: AirLimit, gap_s: float) -> Limit:
    side, limit = ("above" if alarm.above is not None else "below"), float(alarm.limit)
    clear = limit if alarm.clear is None else float(alarm.clear)
    threshold = Threshold(limit, clear, "above" if side == "above" else "below")
    return Limit(f"{side} {limit:g}", threshold, HoldLimits(alarm.for_s, alarm.for_s, gap_s))


def _subject(sensor: str) -> str:
    return f"air-sensor/{sensor}"
