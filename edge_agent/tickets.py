"""What can be done with a ticket after it was made: judge its alibi record again, or say a later word.

A ticket is never edited. A void or a correction is a ticket event of its own that names the first one,
the reason and the actor; the first stays as it was, and so does its alibi record.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from contract.payloads.weigh import Revision, Vehicle, WeighTicket
from edge_agent.errors import StopError
from edge_agent.roles.station.alibi import Alibi, BadAlibi, decode, replay


class RevisionRefused(StopError):
    """A revision that says nothing, or nobody is answerable for; the message is one line."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` when nothing speaks against the ticket; `findings` says what does, a line each.
    `replayed_kg` is the weight that the raw bytes give; None when they give none."""

    ticket_no: str
    replayed_kg: Decimal | None
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(ticket: WeighTicket, alibi: bytes) -> Verdict:
    """Judges the record's raw bytes again with codec and rules, and compares. Of a paired ticket this
    is its own weighing; the other weight has a record of its own (`ticket.paired_with`)."""
    findings = []
    found = hashlib.sha256(alibi).hexdigest()
    if found != ticket.raw_sha256:
        findings.append(f"the record is not the ticket's: SHA-256 {found}, not {ticket.raw_sha256}")
    if ticket.tare_kg is not None and ticket.net_kg != ticket.gross_kg - ticket.tare_kg:
        findings.append(f"net {ticket.net_kg} is not {ticket.gross_kg} - {ticket.tare_kg}")
    try:
        record = decode(alibi)
        kept = replay(record)
    except BadAlibi as error:
        return Verdict(ticket.ticket_no, None, (*findings, str(error)))
    weight = kept.weight_kg if kept else None
    findings += _compared(ticket, record, weight)
    return Verdict(ticket.ticket_no, weight, tuple(findings))


def own_weight_kg(ticket: WeighTicket) -> Decimal:
    """What this weighing itself showed: the gross, or the tare when an earlier one gave the gross."""
    paired = ticket.paired_with
    if paired is not None and paired.gave == "gross" and ticket.tare_kg is not None:
        return ticket.tare_kg
    return ticket.gross_kg


def void(ticket: WeighTicket, *, reason: str, actor: str, number: int) -> WeighTicket:
    """The ticket does not count. `number`: 1 for the first revision of it, and so on."""
    revision = Revision(
        of_ticket=_first_no(ticket),
        kind="void",
        reason=_said("a reason", reason),
        actor=_said("an actor", actor),
    )
    return msgspec.structs.replace(
        ticket,
        ticket_no=f"{_first_no(ticket)}.r{number}",
        revision=revision,
        settlement="not-for-settlement",
    )


def correct(
    ticket: WeighTicket,
    *,
    reason: str,
    actor: str,
    number: int,
    vehicle: Vehicle | None = None,
    carrier: str | None = None,
    tare_kg: Decimal | None = None,
) -> WeighTicket:
    """The ticket as it should have been. Who drove and what the tare was may be corrected; what the
    scale showed may not: void the ticket and weigh again."""
    if vehicle is None and carrier is None and tare_kg is None:
        raise RevisionRefused("a correction must change something: vehicle, carrier or tare")
    tared = ticket if tare_kg is None else _with_tare(ticket, tare_kg)
    revision = Revision(
        of_ticket=_first_no(ticket),
        kind="correction",
        reason=_said("a reason", reason),
        actor=_said("an actor", actor),
    )
    return msgspec.structs.replace(
        tared,
        ticket_no=f"{_first_no(ticket)}.r{number}",
        revision=revision,
        vehicle=vehicle or ticket.vehicle,
        carrier=carrier or ticket.carrier,
    )


def _with_tare(ticket: WeighTicket, tare_kg: Decimal) -> WeighTicket:
    """A tare typed in by a person, marked as such. It can settle a ticket that only lacked one."""
    if ticket.paired_with is not None:
        raise RevisionRefused("both weights of this ticket were weighed; void it instead")
    if not 0 < tare_kg < ticket.gross_kg:
        raise RevisionRefused(
            f"a tare lies between 0 and the gross {ticket.gross_kg}, not {tare_kg}"
        )
    settles = ticket.not_for == "untared"
    return msgspec.structs.replace(
        ticket,
        tare_kg=tare_kg,
        tare_source="keyed",
        net_kg=ticket.gross_kg - tare_kg,
        settlement="ok" if settles else ticket.settlement,
        not_for=None if settles else ticket.not_for,
    )


def _compared(ticket: WeighTicket, record: Alibi, weight: Decimal | None) -> list[str]:
    findings = []
    if record.ticket_no != _first_no(ticket):
        findings.append(f"the record belongs to ticket {record.ticket_no}")
    if record.weighbridge != ticket.weighbridge:
        findings.append(f"the record is of weighbridge {record.weighbridge}")
    if weight is None:
        findings.append("judged again, no weight in the record stands still")
    elif weight != record.weight_kg:
        findings.append(f"judged again, the record gives {weight} kg, not {record.weight_kg}")
    if weight is not None and weight != own_weight_kg(ticket):
        findings.append(f"the record gives {weight} kg, the ticket says {own_weight_kg(ticket)}")
    return findings


def _first_no(ticket: WeighTicket) -> str:
    return ticket.revision.of_ticket if ticket.revision else ticket.ticket_no


def _said(what: str, text: str) -> str:
    if not text.strip():
        raise RevisionRefused(f"a revision needs {what}")
    return text.strip()
