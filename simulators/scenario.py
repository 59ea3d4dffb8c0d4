"""What shall happen at a simulated weighbridge: indicator settings and acts in order of time.

A scenario file is JSON Lines (contract section 11) or TOML. Every line is one act
`{"t": seconds from start, "kind": ..., "id": ..., ...}`; an optional line of kind `indicator`
says how the indicator is set. In TOML the same keys stand in `[indicator]` and `[[acts]]`.
A mistake is refused with file, line and what was expected (`ScenarioError`).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

from simulators.fields import FieldError, Fields
from simulators.physics import Crossing

Fault = Literal["silence", "garble", "unplug", "wrong-baud", "zero-drift"]
FAULTS: tuple[str, ...] = get_args(Fault)
Incident = Literal[
    "left-before-stable",
    "over-capacity",
    "zero-drift",
    "step-change",
    "untared-tip",
    "same-load-twice",
    "indicator-silent",
    "indicator-garbled",
    "unplugged",
]
INCIDENTS: tuple[str, ...] = get_args(Incident)
BAUDS = (600, 1200, 2400, 4800, 9600)  # XK3190-A9/A26 manuals: the settings an indicator offers
FRAMINGS = ("8N1", "7E1", "7O1")
TAIL_S = 3.0  # the deck stays bare this long after the last act


class ScenarioError(Exception):
    """A scenario that cannot be played; the message is one line a person can act on."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """How the indicator is set. `rate_hz` conversions (and frames) a second."""

    baud: int = 9600
    framing: str = "8N1"
    rate_hz: int = 10
    division_kg: Decimal = Decimal(20)
    capacity_kg: Decimal = Decimal(60000)
    decimals: int = 0
    noise_kg: float = 1.0
    wind_kg: float = 2.0


@dataclass(frozen=True, slots=True)
class Truck:
    """One crossing. `settles` False: it leaves while still swaying. `expect`: the incidents it is."""

    id: str
    crossing: Crossing
    plate: str
    tag: str | None = None
    direction: str = "in"
    settles: bool = True
    expect: tuple[str, ...] = ()

    @property
    def t(self) -> float:
        return self.crossing.at_s

    @property
    def until(self) -> float:
        return self.crossing.gone_s


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something goes wrong with the deck, the indicator or its cable, for a while."""

    id: str
    kind: str
    t: float
    duration_s: float
    offset_kg: float = 0.0
    baud: int = 0
    expect: tuple[str, ...] = ()

    @property
    def until(self) -> float:
        return self.t + self.duration_s


Act = Truck | Disturbance


@dataclass(frozen=True, slots=True)
class Scenario:
    """Acts in order of time; `length_s` is when the simulator ends by itself."""

    name: str
    indicator: Indicator
    acts: tuple[Act, ...]

    @property
    def length_s(self) -> float:
        return max((act.until for act in self.acts), default=0.0) + TAIL_S

    @property
    def trucks(self) -> tuple[Truck, ...]:
        return tuple(act for act in self.acts if isinstance(act, Truck))

    @property
    def disturbances(self) -> tuple[Disturbance, ...]:
        return tuple(act for act in self.acts if isinstance(act, Disturbance))


FAULT_MEANS: Mapping[str, tuple[str, ...]] = {
    "silence": ("indicator-silent",),
    "garble": ("indicator-garbled",),
    "wrong-baud": ("indicator-garbled",),
    "unplug": ("unplugged",),
    "zero-drift": ("zero-drift",),
}


def load_scenario(path: Path) -> Scenario:
    """Raises ScenarioError naming file and line, OSError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not a text file in UTF-8 ({error.reason})") from error
    rows = _toml_rows(path, text) if path.suffix == ".toml" else _json_rows(path, text)
    return build_scenario(path.stem, rows, str(path))


def build_scenario(
    name: str, rows: Iterable[tuple[int, Mapping[str, object]]], origin: str
) -> Scenario:
    """From numbered rows, as a file has them or a named scenario makes them."""
    indicator, acts, seen = Indicator(), list[tuple[int, Act]](), dict[str, int]()
    for line, row in rows:
        try:
            fields = Fields(row)
            if fields.word("kind", ("indicator", "truck", *FAULTS)) == "indicator":
                indicator = _indicator(fields)
                continue
            act = _truck(fields) if row["kind"] == "truck" else _disturbance(fields)
        except FieldError as error:
            raise ScenarioError(f"{origin}:{line}: {error}") from error
        if act.id in seen:
            raise ScenarioError(f"{origin}:{line}: id: {act.id!r} is taken by line {seen[act.id]}")
        seen[act.id] = line
        acts.append((line, act))
    acts.sort(key=lambda numbered: numbered[1].t)
    _refuse_two_on_deck(acts, origin)
    _refuse_undisplayable(indicator, acts, origin)
    if not acts:
        raise ScenarioError(f"{origin}: no acts; expected lines of kind truck, {', '.join(FAULTS)}")
    return Scenario(name, indicator, tuple(act for _, act in acts))


def _refuse_two_on_deck(acts: list[tuple[int, Act]], origin: str) -> None:
    trucks = [(line, act) for line, act in acts if isinstance(act, Truck)]
    for (_, first), (line, second) in pairwise(trucks):
        if second.t < first.until:
            raise ScenarioError(
                f"{origin}:{line}: t: expected after {first.until:.1f} s, when {first.id!r} has left"
                f" the deck, found {second.t:g}"
            )


def _refuse_undisplayable(indicator: Indicator, acts: list[tuple[int, Act]], origin: str) -> None:
    """Six digits are all that a display and its frames have."""
    if indicator.division_kg % Decimal(1).scaleb(-indicator.decimals):
        raise ScenarioError(
            f"{origin}: division_kg: expected a multiple of what {indicator.decimals} decimals show,"
            f" found {indicator.division_kg}"
        )
    most = 900_000 / 10**indicator.decimals
    for line, act in acts:
        if isinstance(act, Truck) and act.crossing.mass_kg > most:
            raise ScenarioError(
                f"{origin}:{line}: mass_kg: expected at most {most:g} with"
                f" {indicator.decimals} decimals, found {act.crossing.mass_kg:g}"
            )


def _json_rows(path: Path, text: str) -> Iterable[tuple[int, Mapping[str, object]]]:
    for line, content in enumerate(text.splitlines(), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except ValueError as error:
            raise ScenarioError(
                f"{path}:{line}: expected one JSON object a line: {error}"
            ) from None
        if not isinstance(row, dict):
            raise ScenarioError(f"{path}:{line}: expected a JSON object, found {content[:40]!r}")
        yield line, row


def _toml_rows(path: Path, text: str) -> Iterable[tuple[int, Mapping[str, object]]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: not valid TOML: {error}") from None
    if unknown := set(document) - {"indicator", "acts"}:
        raise ScenarioError(f"{path}: {min(unknown)}: unknown; expected [indicator] and [[acts]]")
    settings, acts = document.get("indicator", {}), document.get("acts", [])
    if not isinstance(settings, dict) or not isinstance(acts, list):
        raise ScenarioError(f"{path}: expected a table [indicator] and tables [[acts]]")
    lines = text.splitlines()
    if settings:
        yield _header_lines(lines, "[indicator]")[0], {"kind": "indicator", **settings}
    yield from zip(_header_lines(lines, "[[acts]]"), acts, strict=False)


def _header_lines(lines: list[str], header: str) -> list[int]:
    """Where the tables begin; a mistake in a table is reported there (the parser keeps no lines)."""
    pattern = re.compile(r"\s*" + re.escape(header))
    return [number for number, line in enumerate(lines, 1) if pattern.match(line)] or [1]


def _indicator(fields: Fields) -> Indicator:
    usual = Indicator()
    indicator = Indicator(
        baud=fields.whole("baud", usual.baud, among=BAUDS),
        framing=fields.word("framing", FRAMINGS, usual.framing),
        rate_hz=fields.whole("rate_hz", usual.rate_hz, among=range(1, 51)),
        division_kg=Decimal(f"{fields.number('division_kg', 20.0, 0.0001, 1000):g}"),
        capacity_kg=Decimal(f"{fields.number('capacity_kg', 60000.0, 1, 999999):g}"),
        decimals=fields.whole("decimals", usual.decimals, among=range(5)),
        noise_kg=fields.number("noise_kg", usual.noise_kg, 0, 1000),
        wind_kg=fields.number("wind_kg", usual.wind_kg, 0, 1000),
    )
    fields.done("t", "id")
    return indicator


def _truck(fields: Fields) -> Truck:
    usual = Crossing(0, 0, 0)
    crossing = Crossing(
        at_s=fields.number("t", None, 0, 1e6),
        mass_kg=fields.number("mass_kg", None, 1, 200_000),
        stay_s=fields.number("stay_s", 5.0, 0, 3600),
        front_share=fields.number("front_share", usual.front_share, 0.1, 0.9),
        axle_gap_s=fields.number("axle_gap_s", usual.axle_gap_s, 0.2, 10),
        ramp_s=fields.number("ramp_s", usual.ramp_s, 0.3, 10),
        sway_kg=fields.number("sway_kg", usual.sway_kg, 0, 5000),
        sway_decay_s=fields.number("sway_decay_s", usual.sway_decay_s, 0.05, 10),
        rocks=fields.flag("rocks", False),
        step_kg=fields.number("step_kg", 0.0, -100_000, 100_000),
        step_after_s=fields.number("step_after_s", 2.0, 0, 3600),
    )
    truck = Truck(
        id=fields.text("id", r"\S+"),
        crossing=crossing,
        plate=fields.text("plate", r"\S+"),
        tag=fields.text("tag", r"[0-9]{10}", "") or None,
        direction=fields.word("direction", ("in", "out"), "in"),
        settles=not crossing.rocks and crossing.leaves_s > crossing.steady_s,
        expect=fields.words("expect", INCIDENTS),
    )
    fields.done()
    return truck


def _disturbance(fields: Fields) -> Disturbance:
    kind = fields.word("kind", FAULTS)
    drifts, missets = kind == "zero-drift", kind == "wrong-baud"
    act = Disturbance(
        id=fields.text("id", r"\S+"),
        kind=kind,
        t=fields.number("t", None, 0, 1e6),
        duration_s=fields.number("duration_s", None, 0.1, 86400),
        offset_kg=fields.number("offset_kg", None, -5000, 5000) if drifts else 0.0,
        baud=fields.whole("baud", None, among=BAUDS) if missets else 0,
        expect=fields.words("expect", INCIDENTS, FAULT_MEANS[kind]),
    )
    fields.done()
    return act
