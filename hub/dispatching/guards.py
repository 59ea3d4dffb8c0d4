"""Who may do what to an order, and what it takes. Pure: facts in, a reason for refusing out.

The state table says which moves exist; these rules keep the people who profit from a move from making
it: whoever handled does not close, whoever is late does not give himself more time, and a photo proves
something only when it is new, of this place, and of after the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract.timestamps import parse_rfc3339
from hub.dispatching.cells import metres
from hub.dispatching.states import OrderState
from hub.policies.policy import Evidence, Policy
from hub.store.order_heads import OrderHead
from hub.store.tokens import Role

TWIN_BITS = 6
"""Perceptual hashes (64 bits) that differ in no more are of the same photo."""

_S = OrderState
_OPERATOR = frozenset({_S.RESOLVED, _S.RETURNED, _S.CLOSED})


class NotAllowed(Exception):
    """The move is legal, but not for this actor, or not now."""


class EvidenceLacking(ValueError):
    """What the policy asks for is not there; `faults` has one sentence for each photo that does not
    count."""

    def __init__(self, text: str, faults: Sequence[str]) -> None:
        super().__init__(text)
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Who:
    """The actor as the audit log names it, with the unit and the contractor that it works for."""

    label: str
    role: Role
    unit: str | None = None
    contractor: str | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """What is known of a photo: `known` False = its bytes are not here. `taken_at` and the place are the
    photo's own record; `twin` is an earlier photo that it nearly equals."""

    sha256: str
    known: bool = True
    taken_at: str | None = None
    lon: float | None = None
    lat: float | None = None
    twin: str | None = None


def needed_role(origin: OrderState, to: OrderState, *, names_unit: bool) -> Role:
    """The least role for a move."""
    rework = origin is _S.RESOLVED and to is _S.DISPATCHED and not names_unit
    return "operator" if rework or to in _OPERATOR else "dispatcher"


def check_closer(head: OrderHead, who: Who, *, looking: bool) -> None:
    """`looking`: a second look is under way. NotAllowed."""
    if head.resolved_by == who.label:
        raise NotAllowed("whoever resolved an order does not close it: somebody else has to look")
    if who.contractor is not None and who.contractor == head.resolved_contractor:
        raise NotAllowed(
            f"contractor {who.contractor} handled this order: somebody who does not work for it has "
            "to look"
        )
    if looking and who.role == "operator":
        raise NotAllowed("its second look is under way: wait for the answer, or ask a dispatcher")


def check_more_time(head: OrderHead, who: Who, policy: Policy, left: float) -> None:
    """For shelving and extending. `left` is the share of the time that is left, below 0 when overdue.
    NotAllowed."""
    if left >= policy.late_share:
        return
    why = f"less than {policy.late_share:.0%} of the time is left: this takes another unit"
    if who.unit is None:
        raise NotAllowed(f"{why}, and your token names none (edile hub token add --unit)")
    if who.unit == head.owner_unit:
        raise NotAllowed(f"{why} than {who.unit}, which is late")
    if who.contractor is not None and who.contractor == head.contractor:
        raise NotAllowed(f"{why}, not one of contractor {who.contractor}")


def check_evidence(head: OrderHead, wanted: Evidence, photos: Sequence[Photo]) -> None:
    """EvidenceLacking unless as many photos as the policy asks for count."""
    if wanted.closing_photos == 0:
        return
    faults = [(photo, _fault(head, wanted, photo)) for photo in photos]
    good = sum(fault is None for _, fault in faults)
    if good < wanted.closing_photos:
        text = (
            f"{wanted.closing_photos} photos are needed, taken after the order was sent out and within "
            f"{wanted.within_m:g} m of the place; {good} of {len(photos)} count"
        )
        told = [f"{photo.sha256[:12]}: {fault}" for photo, fault in faults if fault is not None]
        raise EvidenceLacking(text, told)


def _fault(head: OrderHead, wanted: Evidence, photo: Photo) -> str | None:
    if not photo.known:
        return "not uploaded yet"
    if photo.twin is not None:
        return f"nearly the same as the earlier photo {photo.twin[:12]}"
    if photo.taken_at is None:
        return "does not say when it was taken (EXIF DateTimeOriginal with its offset, or GPS time)"
    sent = head.dispatched_at or head.opened_at
    if parse_rfc3339(photo.taken_at) < parse_rfc3339(sent):
        return f"taken at {photo.taken_at}, before the order was sent out at {sent}"
    if head.lon is None or head.lat is None:
        return None
    if photo.lon is None or photo.lat is None:
        return "does not say where it was taken (EXIF GPS)"
    away_m = metres(head.lon, head.lat, photo.lon, photo.lat)
    return f"taken {away_m:.0f} m from the place" if away_m > wanted.within_m else None
