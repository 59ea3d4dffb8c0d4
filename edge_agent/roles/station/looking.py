"""Is it gone? A sensor that raised an alarm and a line that was in trouble are asked for what they show now.

Only what was measured lately and lastingly is an answer; whatever is just turning, or has not been heard
for too long, cannot tell.
"""

from __future__ import annotations

from typing import NamedTuple

from contract.payloads.relook import RelookResult, RelookVerdict
from edge_agent.ports import Conclusion
from edge_agent.readings import LookAsked, Moment, elapsed_s
from edge_agent.roles.station.state import Alarm
from edge_agent.rules.line_watch import UNWATCHED_S, Line


class Verdict(NamedTuple):
    """`confidence` 0..1."""

    verdict: RelookVerdict
    confidence: float


GONE, STILL_THERE = Verdict("gone", 1.0), Verdict("still-there", 1.0)
CANNOT_TELL = Verdict("cannot-tell", 0.0)


def of_alarm(alarm: Alarm, now: Moment, gap_s: float) -> Verdict:
    """By its last sample, which must be younger than `gap_s`, and not about to change its mind."""
    held = alarm.held
    age_s = elapsed_s(held.last, now) if held.last else None
    if age_s is None or age_s > gap_s or held.since is not None:
        return CANNOT_TELL
    return STILL_THERE if held.on else GONE


def of_line(line: Line, now: Moment, recover_s: float) -> Verdict:
    """Gone is what has given readings for `recover_s`."""
    age_s = elapsed_s(line.last.moment, now) if line.last else None
    if age_s is None or age_s >= UNWATCHED_S:
        return CANNOT_TELL
    if line.trouble is not None:
        return STILL_THERE if line.good is None else CANNOT_TELL
    good_s = elapsed_s(line.good, now) if line.good else None
    return GONE if good_s is not None and good_s >= recover_s else CANNOT_TELL


def answer_to(asked: LookAsked, found: Verdict) -> Conclusion:
    payload = RelookResult(case=asked.case, verdict=found.verdict, confidence=found.confidence)
    return Conclusion(payload, f"work-order/{asked.case}")
