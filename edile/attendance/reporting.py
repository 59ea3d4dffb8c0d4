"""What a time's verdicts come to, from the hub's events: how many of each, how many revised, how many that
nobody verified. Pure: payloads in, counts out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from contract.payloads.attendance import AttendanceShift
from contract.timestamps import parse_rfc3339

ATTENDED = ("present", "late", "left-early")


@dataclass(frozen=True, slots=True)
class Report:
    """`unverified`: shifts that the badge attended and where nobody was asked to look whether the person
    was there; GPS cannot tell who wears a badge."""

    shifts: int
    verdicts: dict[str, int]
    minutes_inside: int
    minutes_expected: int
    revised: int
    amended: int
    attended: int
    spot_checked: int

    @property
    def unverified_share(self) -> float | None:
        """None when nobody attended."""
        return 1 - self.spot_checked / self.attended if self.attended else None

    def card(self) -> dict[str, object]:
        share = self.unverified_share
        return {
            "shifts": self.shifts,
            "verdicts": self.verdicts,
            "minutes_inside": self.minutes_inside,
            "minutes_expected": self.minutes_expected,
            "revised": self.revised,
            "amended": self.amended,
            "attended": self.attended,
            "spot_checked": self.spot_checked,
            "unverified_share": None if share is None else round(share, 4),
        }


def report(told: Iterable[AttendanceShift], begin_ns: int, end_ns: int) -> Report:
    """Shifts that were planned to start in this time (UTC, end not included), each as it was told last."""
    latest: dict[str, AttendanceShift] = {}
    for one in told:
        name = one.shift or f"{one.badge}/{one.planned.start}"
        if not begin_ns <= parse_rfc3339(one.planned.start) < end_ns:
            continue
        before = latest.get(name)
        if before is None or one.revision >= before.revision:
            latest[name] = one
    shifts = list(latest.values())
    attended = [one for one in shifts if one.verdict in ATTENDED]
    return Report(
        shifts=len(shifts),
        verdicts=dict(sorted(Counter(one.verdict for one in shifts).items())),
        minutes_inside=sum(one.minutes_inside for one in shifts),
        minutes_expected=sum(one.minutes_expected for one in shifts),
        revised=sum(one.revision > 0 for one in shifts),
        amended=sum(one.amended for one in shifts),
        attended=len(attended),
        spot_checked=sum(one.spot_checked for one in attended),
    )


def report_text(one: Report) -> str:
    lines = [f"{one.shifts} shifts; {one.revised} revised, {one.amended} with an amended roster"]
    lines += [f"  {verdict:<12}{n:>8}" for verdict, n in one.verdicts.items()]
    if one.minutes_expected:
        share = 100 * one.minutes_inside / one.minutes_expected
        lines.append(
            f"inside {one.minutes_inside} of {one.minutes_expected} expected minutes ({share:.1f} %)"
        )
    if one.unverified_share is not None:
        lines.append(
            f"unverified: {100 * one.unverified_share:.1f} % of {one.attended} attended shifts; in"
            f" {one.spot_checked} somebody was asked to look whether the person wore the badge"
        )
    return "\n".join(lines)
