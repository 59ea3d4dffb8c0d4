"""What all hearings of a port come to: a verdict, candidates in order, and what is left open. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import mode
from typing import Any, Literal

from edge_agent.config.devices import KG_PER_UNIT
from edile.probe.recognising import Candidate, Dialects, Hearing, candidates, would_differ
from firmware_bridges.weighbridge.indicator import Unit

Outcome = Literal["no-bytes", "no-frames", "no-readings", "readings"]

ENOUGH_EXPLAINED = 0.5  # of the bytes, before a dialect counts as heard
CONVINCING = 3  # readings
NEAR = 10.0  # points of score between candidates that the bytes do not decide
TOLERANCE = Decimal("0.005")  # of a known weight; test weights on a big scale show a division more
MOST_SHOWN = 5
UNITS: tuple[Unit, ...] = ("kg", "t", "g", "lb")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`open_between`: candidates that show different weights for the same bytes, more than one when
    the bytes cannot decide. `decided_by_weight`: the known weight chose `best`."""

    outcome: Outcome
    hearings: tuple[Hearing, ...]
    ranked: tuple[Candidate, ...]
    open_between: tuple[Candidate, ...] = ()
    decided_by_weight: bool = False
    known_kg: Decimal | None = None

    @property
    def best(self) -> Candidate | None:
        return self.ranked[0] if self.outcome == "readings" else None


def heard_well(one: Candidate) -> bool:
    return one.readings > 0 and one.explained >= ENOUGH_EXPLAINED and one.read >= ENOUGH_EXPLAINED


def is_convincing(found: Sequence[Candidate]) -> bool:
    """Good enough to stop the sweep: noise read at a wrong speed never looks like this."""
    return any(
        one.readings >= CONVINCING and one.explained > 0.8 and one.read > 0.8 for one in found
    )


def judge(
    hearings: Sequence[Hearing], dialects: Dialects, known_kg: Decimal | None = None
) -> Verdict:
    """All hearings of one port together."""
    found = [one for hearing in hearings for one in candidates(hearing, dialects)]
    ranked = sorted(found, key=lambda one: (-one.score, len(one.settings)))
    good = [one for one in ranked if heard_well(one)]
    if not good:
        outcome: Outcome = "no-bytes" if not any(one.data for one in hearings) else "no-frames"
        if any(one.frames and _is_mostly_frames(one) for one in ranked):
            outcome = "no-readings"
        return Verdict(outcome, tuple(hearings), tuple(ranked[:MOST_SHOWN]), known_kg=known_kg)
    rest = [one for one in ranked if one not in good]
    if known_kg is not None:
        fitting = [fit for one in good for fit in _fits(one, known_kg)]
        fitting.sort(key=lambda fit: fit[0])
        if fitting:
            chosen = fitting[0][1]
            others = [one for one in good if one.dialect != chosen.dialect] + rest
            shown = (chosen, *others)[:MOST_SHOWN]
            return Verdict("readings", tuple(hearings), shown, (), True, known_kg)
    undecided = _undecided(good, dialects)
    shown = tuple([*good, *rest][:MOST_SHOWN])
    return Verdict("readings", tuple(hearings), shown, undecided, known_kg=known_kg)


def _is_mostly_frames(one: Candidate) -> bool:
    """Framed text, and not the odd line that noise happens to form."""
    bad = sum(one.refused.get(reason, 0) for reason in ("length", "truncated"))
    return one.frames >= 2 and one.frames > bad


def _undecided(good: Sequence[Candidate], dialects: Dialects) -> tuple[Candidate, ...]:
    """The best, and those near it that read other weights from the same bytes."""
    best = good[0]
    rivals = [
        one
        for one in good[1:]
        if best.score - one.score <= NEAR
        and one.hearing == best.hearing
        and would_differ(best, one, dialects)
    ]
    return (best, *rivals) if rivals else ()


def _fits(one: Candidate, known_kg: Decimal) -> Iterator[tuple[tuple[int, float], Candidate]]:
    """The candidate with unit and decimals that make its last weight the known one; the less had to
    be changed, the better."""
    shown = mode(one.weights)
    places = -int(shown.as_tuple().exponent)
    for unit in (one.unit,) if one.unit else UNITS:
        for shift in (0, 1, -1, 2, -2, 3, -3):
            weight_kg = shown.scaleb(shift) * KG_PER_UNIT[unit]
            if (
                abs(weight_kg - known_kg) > TOLERANCE * abs(known_kg)
                or not 0 <= places - shift <= 5
            ):
                continue
            settings: dict[str, Any] = dict(one.settings)
            if shift:
                settings["decimals"] = places - shift
            changed = abs(shift) + (unit != (one.unit or "kg"))
            weights = tuple(weight.scaleb(shift) for weight in one.weights)
            fitted = replace(one, unit=unit, settings=settings, weights=weights)
            yield (changed, -one.score), fitted


def gateway_table(one: Candidate, port: str) -> str:
    """The `[[devices]]` table for gw.toml. Parity is read as the eighth bit (`data_bits = 7`)."""
    query = f"baud={one.hearing.baud}"
    if one.hearing.port_framing != "8N1":
        query += f"&bytesize=8&parity={one.hearing.port_framing[1]}"
    lines = [
        "[[devices]]",
        'id = "wb-1"',
        'driver = "weighbridge"',
        f'link = "serial:{port}?{query}"',
        f'dialect = "{one.dialect}"',
        f'unit = "{one.unit or "kg"}"'
        + ("" if one.unit else "  # not in the frames: see the display"),
    ]
    for key, value in one.settings.items():
        lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {_toml(value)}")
    lines.append("# capacity_kg, min_kg and division_kg: Max, Min and d of the type plate")
    return "\n".join(lines)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
