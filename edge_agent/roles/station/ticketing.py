"""From an ended weighing to a ticket: what it says, and whether money may rest on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from contract.payloads.weigh import (
    AnomalyKind,
    NotForSettlement,
    PairedWith,
    Stability,
    Vehicle,
    WeighTicket,
)
from contract.timestamps import rfc3339
from edge_agent.config.devices.weigh_transmitter import Scale
from edge_agent.config.roles import KnownVehicle, StationConfig
from edge_agent.readings import Moment
from edge_agent.roles.station.alibi import Alibi, Tape, encode, indicator_part
from edge_agent.roles.station.weigher import WeigherSettings
from edge_agent.rules.pairing import Paired, StoredTare
from edge_agent.rules.weighing import Kept, Over

NS_PER_DAY = 86_400 * 10**9
EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Weighed:
    """An ended weighing that has a weight; `alibi` are the bytes of its record."""

    ticket_no: str
    over: Over
    kept: Kept
    alibi: bytes

    @property
    def raw_sha256(self) -> str:
        return hashlib.sha256(self.alibi).hexdigest()


def weigher_settings(config: StationConfig, scale: Scale) -> WeigherSettings:
    return WeigherSettings(
        division_kg=scale.division_kg,
        arm_kg=config.arm_kg,
        zero_band_kg=config.zero_band_kg,
        stable_s=config.stable_s,
        stable_samples=config.stable_samples,
        max_gap_s=config.max_gap_s,
        step_kg=config.step_kg,
        step_gap_s=config.step_gap_s,
        swap_after_s=config.swap_after_s,
    )


def alibi_of(
    ticket_no: str,
    over: Over,
    kept: Kept,
    tape: Tape,
    *,
    scale: Scale,
    rules: WeigherSettings,
) -> bytes:
    return encode(
        Alibi(
            ticket_no=ticket_no,
            weighbridge=scale.id,
            began=rfc3339(over.started.utc_ns),
            weight_kg=kept.weight_kg,
            dialect=scale.dialect,
            indicator=indicator_part(scale.dialect, scale.indicator()),
            rules=rules,
            left_out=tape.left_out,
            frames=tuple((r.first_ms, r.last_ms, r.frames, r.raw.hex()) for r in tape.runs),
        )
    )


def stored_tare(known: KnownVehicle | None, now: Moment) -> StoredTare | None:
    """None when there is none, or when it has run out - or may have: no clock, no date."""
    if known is None or known.stored_tare_kg is None:
        return None
    if known.tare_until is not None and not _still_valid(known.tare_until, now):
        return None
    return StoredTare(known.stored_tare_kg, "keyed" if known.tare_keyed else "stored")


def ticket_of(
    weighed: Weighed,
    paired: Paired,
    vehicle: Vehicle | None,
    *,
    carrier: str | None,
    anomalies: tuple[AnomalyKind, ...],
    config: StationConfig,
    scale: Scale,
) -> WeighTicket:
    kept, over = weighed.kept, weighed.over
    not_for = _not_for_settlement(weighed, paired, config, scale)
    return WeighTicket(
        ticket_no=weighed.ticket_no,
        weighbridge=scale.id,
        gross_kg=paired.gross_kg,
        started=rfc3339(over.started.utc_ns),
        settled=rfc3339(kept.settled.utc_ns),
        ended=rfc3339(over.ended.utc_ns),
        raw_sha256=weighed.raw_sha256,
        settlement="not-for-settlement" if not_for else "ok",
        not_for=not_for,
        vehicle=vehicle,
        carrier=carrier,
        purpose=_purpose(paired),
        tare_kg=paired.tare_kg,
        tare_source=paired.source,
        net_kg=paired.net_kg,
        paired_with=_paired_with(paired),
        stability=Stability(samples=kept.samples, spread_kg=kept.spread_kg, basis=kept.basis),
        anomalies=anomalies,
    )


def _not_for_settlement(
    weighed: Weighed, paired: Paired, config: StationConfig, scale: Scale
) -> NotForSettlement | None:
    """The gravest reason. A weight that jumped is as good as one that never stood still."""
    weight = weighed.kept.weight_kg
    if weighed.over.disturbed:
        return "unsettled"
    if weight > scale.capacity_kg:
        return "over-capacity"
    if weight < scale.min_kg:
        return "below-min"
    until = config.verified_until
    if until is not None and not _still_valid(until, weighed.over.ended):
        return "verification-expired"
    return "untared" if paired.tare_kg is None else None


def _purpose(paired: Paired) -> str | None:
    """Which way the goods went, where two weighings tell."""
    ways = {"gross": "delivery", "tare": "collection"}  # laden first: it left its load here
    return ways[paired.gave] if paired.gave else None


def _paired_with(paired: Paired) -> PairedWith | None:
    other, gave = paired.with_passage, paired.gave
    if other is None or gave is None:
        return None
    return PairedWith(ticket_no=other.ticket_no, raw_sha256=other.raw_sha256, gave=gave)


def _still_valid(until: str, now: Moment) -> bool:
    """Through the end of that day, UTC. Without a clock nobody can say, so no."""
    if now.clock == "unset":
        return False
    today = EPOCH_DAY + now.utc_ns // NS_PER_DAY
    return today <= date.fromisoformat(until).toordinal()
