"""Which order a word on a problem belongs to. Pure: a scene, a detection, its policy -> what it is.

By `observed_at`, never by arrival: a word from a gateway that was offline goes to the order that was
open when it was seen, also when that one is closed by now.

1. A word on a problem whose order is open, and was begun by then, joins it; the end of a problem goes to
   its order in any state.
2. Else the order of its dedupe key that was closed *after* the word was observed.
3. Else the open order of the problem, or of the key.
4. The same with orders of its class nearby, seen by somebody else.
5. Else nothing yet, when it falls short of the policy's filing condition.
6. Else an order that was closed shortly before is open again, or a new one is opened, as its relapse
   where there was one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from contract.timestamps import parse_rfc3339
from hub.dispatching.cells import around, cell_of, metres
from hub.dispatching.detections import Detection
from hub.dispatching.scene import KnownOrder, Scene
from hub.dispatching.states import OrderState
from hub.policies.policy import Filing, Policy

CLOCK_LEEWAY_NS = 300 * 10**9
"""How far a gateway's clock may be off (contract, section 6): closer to the closing than this, an
observation is not taken for an old one."""

_MINUTE_NS, _HOUR_NS, _DAY_NS = 60 * 10**9, 3600 * 10**9, 86_400 * 10**9
_ns = lru_cache(maxsize=65_536)(parse_rfc3339)
"""A batch asks for the same times over and over."""
What = Literal["repeat", "join", "late", "unfiled", "reopen", "open"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`order_id` None for what has no order (`unfiled`, some repeats) and for `open`. `under` is the
    order that keeps the word: another one only when that has been merged into `order_id`, so that
    unmerging finds it again. `relapse_of` only of `open`."""

    what: What
    order_id: str | None = None
    under: str | None = None
    relapse_of: str | None = None


def decide(scene: Scene, detection: Detection, policy: Policy) -> Decision:
    if detection.event_id in scene.repeats:
        return Decision("repeat", scene.repeats[detection.event_id])
    known = scene.problems.get((detection.source, detection.problem_id))
    under = None if known is None else known.order_id
    own = None if under is None else scene.whole(under)
    if detection.phase == "ended":
        return Decision("unfiled") if own is None else Decision("join", own.id, under)
    if own is not None and own.open and own.first_at <= detection.observed_at:
        return Decision("join", own.id, under)
    if own is not None and own.state is OrderState.VOID and detection.phase == "updated":
        return Decision("late", own.id, under)  # a person has called it a false alarm
    key = dedupe_key(detection, policy)
    settled = scene.settled_of(key)
    if own is not None and not own.open:
        settled.append(own)
    there = _covering(settled, detection, own)
    if there is not None:
        return Decision("late", there.id, there.id)
    if own is not None and own.open:
        return Decision("join", own.id, under)
    return _elsewhere(scene, detection, policy, settled)


def _elsewhere(
    scene: Scene, detection: Detection, policy: Policy, settled: list[KnownOrder]
) -> Decision:
    """For a word that no order of its own problem takes, and none that had its key."""
    taken = scene.open_of(dedupe_key(detection, policy))
    if taken is not None:
        return Decision("join", taken[0].id, taken[1])
    nearby = list(_nearby(scene, detection, policy))
    begun = [one for one in nearby if one.first_at <= detection.observed_at]
    there = (
        _nearest(begun, detection)
        or _covering(nearby, detection, None)
        or _nearest(nearby, detection)
    )
    if there is not None:
        return Decision("join" if there.open else "late", there.id, there.id)
    if not _filed(scene, detection, policy):
        return Decision("unfiled")
    return _come_back(scene, detection, policy, [*settled, *nearby])


def dedupe_key(detection: Detection, policy: Policy) -> str:
    """What makes two detections one problem: class, and the thing that has it. A detection that lacks
    the thing (no zone, no position) is a problem of its own."""
    class_code, catalogue = matter_of(detection, policy)
    return f"{catalogue}:{class_code}|{_scope(detection, policy)}"


def matter_of(detection: Detection, policy: Policy) -> tuple[str, str]:
    """Class and catalogue. KeyError when neither the policy nor the event names a class."""
    class_code = policy.class_code or detection.class_code
    if class_code is None:
        raise KeyError(f"policy {policy.name} leaves the class to the event, which has none")
    own = detection.catalogue if policy.class_code is None else None
    return class_code, own or policy.catalogue


def _scope(detection: Detection, policy: Policy) -> str:
    slot = detection.slot
    match policy.dedupe.key:
        case "object":
            return f"{slot}|{detection.object}|{detection.facet}"
        case "cell" if detection.lon is not None and detection.lat is not None:
            cell = cell_of(detection.lon, detection.lat, policy.dedupe.cell_m)
            return f"cell|{policy.dedupe.cell_m:g}|{cell}"
        case "zone" if detection.zone is not None:
            return f"{slot}|zone|{detection.zone}"
        case "badge" if detection.badge is not None:
            return f"badge|{detection.badge}"
        case "vehicle" if detection.vehicle is not None:
            return f"vehicle|{detection.vehicle}"
        case _:
            return f"{slot}|{detection.problem_id}"


def _covering(
    orders: Iterable[KnownOrder], detection: Detection, own: KnownOrder | None
) -> KnownOrder | None:
    """The first of them to be over after the word was observed."""
    over = [(one.over_at, one.seq, one) for one in orders if one.over_at is not None]
    after = [entry for entry in over if entry[0] >= detection.observed_at]
    for over_at, _, one in sorted(after, key=lambda entry: entry[:2]):
        early_ns = _ns(over_at) - _ns(detection.observed_at)
        if early_ns > CLOCK_LEEWAY_NS or (own is not None and own.id == one.id):
            return one
    return None


def _nearby(scene: Scene, detection: Detection, policy: Policy) -> Iterator[KnownOrder]:
    """Orders of the class within the policy's radius and window that this source may join."""
    radius_m = policy.dedupe.radius_m
    if radius_m <= 0 or detection.lon is None or detection.lat is None:
        return
    class_code, catalogue = matter_of(detection, policy)
    observed_ns = _ns(detection.observed_at)
    window_ns = int(policy.dedupe.window_h * _HOUR_NS)
    for one in scene.near(around(detection.lon, detection.lat, radius_m), (catalogue, class_code)):
        if one.lon is None or one.lat is None:
            continue
        if metres(detection.lon, detection.lat, one.lon, one.lat) > radius_m:
            continue
        early, late = _ns(one.first_at), _ns(one.last_at)
        if early - window_ns <= observed_ns <= late + window_ns and (
            policy.dedupe.same_source == "join" or not _told_here(scene, one, detection)
        ):
            yield one


def _told_here(scene: Scene, order: KnownOrder, detection: Detection) -> bool:
    """Whether this source has another problem in the order that lasts: then it sees two."""
    return any(
        source == detection.source
        and problem_id != detection.problem_id
        and (problem.ended_at is None or problem.ended_at > detection.observed_at)
        for (source, problem_id), problem in scene.problems_of(order.id)
    )


def _nearest(orders: Iterable[KnownOrder], detection: Detection) -> KnownOrder | None:
    lon, lat = detection.lon or 0.0, detection.lat or 0.0

    def rank(one: KnownOrder) -> tuple[float, int]:
        return metres(lon, lat, one.lon or 0.0, one.lat or 0.0), one.seq

    return min((one for one in orders if one.open), key=rank, default=None)


def _filed(scene: Scene, detection: Detection, policy: Policy) -> bool:
    if detection.source_kind == "person":
        return True  # somebody has looked
    if not _counts(detection, policy.filing):
        return False
    known = scene.problems.get((detection.source, detection.problem_id))
    before = 0 if known is None or known.lapsed(detection.observed_at) else known.looks
    return max(before + 1, detection.looks) >= policy.filing.min_looks


def _counts(detection: Detection, filing: Filing) -> bool:
    """Whether its source and its confidence are such as the policy asks for."""
    if detection.source_kind == "person":
        return True
    if filing.sources and detection.source_kind not in filing.sources:
        return False
    return detection.confidence is None or detection.confidence >= filing.min_confidence


def seen_since(resolved_at: str, words: Sequence[Detection], policy: Policy) -> Detection | None:
    """The first of an order's words, in the order told, that saw the problem so long after it was said
    to be resolved that it cannot be what whoever did it left behind, nor a clock that is off. How often
    does not matter: that the problem exists was filed before."""
    leeway_ns = int(policy.recurrence.rework_after_min * _MINUTE_NS)
    after_ns = _ns(resolved_at) + max(leeway_ns, CLOCK_LEEWAY_NS)
    for word in words:
        if (
            word.phase != "ended"
            and _ns(word.observed_at) > after_ns
            and _counts(word, policy.filing)
        ):
            return word
    return None


def _come_back(
    scene: Scene, detection: Detection, policy: Policy, settled: Iterable[KnownOrder]
) -> Decision:
    """The order of the same thing that was closed last, if it was not long ago."""
    observed_ns = _ns(detection.observed_at)
    closed = [
        (_ns(one.over_at), one.seq, one)
        for one in settled
        if one.state is OrderState.CLOSED and one.over_at is not None
    ]
    soon = [entry for entry in closed if entry[0] <= observed_ns + CLOCK_LEEWAY_NS]
    if not soon:
        return Decision("open")
    closed_ns, _, last = max(soon, key=lambda entry: entry[:2])
    gone_ns = observed_ns - closed_ns
    if (
        gone_ns <= policy.recurrence.reopen_within_h * _HOUR_NS
        and policy.recurrence.reopen_within_h
    ):
        taken = scene.open_of(last.dedupe_key)
        if taken is not None:
            return Decision("join", taken[0].id, taken[1])
        return Decision("reopen", last.id, last.id)
    if gone_ns <= policy.recurrence.within_days * _DAY_NS:
        return Decision("open", relapse_of=last.id)
    return Decision("open")
