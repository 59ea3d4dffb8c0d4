"""How right were the verdicts and exceptions of a day? Pure: rows in, counts and shares out.

Every share comes with its n and the Wilson interval of 95 % (E. B. Wilson, "Probable inference, the law
of succession, and statistical inference", JASA 22, 1927). Recall of verdicts is over rows that are
knowable; a wrong `absent` is counted over all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edile.attendance.matching import ExceptionScore, exception_scores, proxy_score, wrongly_named
from edile.attendance.rows import (
    DayEvents,
    DayTruth,
    ProblemTold,
    ShiftTold,
    ShiftTruth,
)

VERDICTS = ("present", "late", "left-early", "absent", "unknown")
MISSING = "missing"  # no event about this shift
_Z = 1.959964  # 97.5 % of the normal distribution
Confusion = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`; `value` None when there was nothing to count."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.n)

    def card(self) -> dict[str, object]:
        low, high = self.interval
        value = None if self.value is None else round(self.value, 5)
        return {
            "value": value,
            "n": self.n,
            "hits": self.hits,
            "low": round(low, 5),
            "high": round(high, 5),
        }


@dataclass(frozen=True, slots=True)
class MinutesError:
    """Of minutes inside, told against true: without `unknown`, over rows that are knowable."""

    n: int
    median: float | None
    p95: float | None
    most: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """`proxies` counts sets of badges; `crew_accused` exceptions against honest crews and teams, of so
    many shifts in crews and teams."""

    n: int
    missing: int
    unplanned: int
    revised: int
    confusion: Confusion
    knowable: Confusion
    recall: dict[str, Share]
    precision: dict[str, Share]
    unknown_working: Share
    wrong_absent: Share
    minutes: MinutesError
    exceptions: dict[str, ExceptionScore]
    crew_accused: Share
    wrong: tuple[str, ...] = field(default=())

    def card(self) -> dict[str, object]:
        """For JSON; keys stay the same from version to version."""
        return {
            "n": self.n,
            "missing": self.missing,
            "unplanned": self.unplanned,
            "revised": self.revised,
            "verdicts": {"all": self.confusion, "knowable": self.knowable},
            "recall": {verdict: share.card() for verdict, share in self.recall.items()},
            "precision": {verdict: share.card() for verdict, share in self.precision.items()},
            "unknown_with_working_badge": self.unknown_working.card(),
            "wrong_absent": self.wrong_absent.card(),
            "wrong_absent_per_10000": _per_10000(self.wrong_absent),
            "minutes_error": {
                "n": self.minutes.n,
                "median": self.minutes.median,
                "p95": self.minutes.p95,
                "max": self.minutes.most,
                "mean": self.minutes.mean,
            },
            "exceptions": {kind: _exception_card(one) for kind, one in self.exceptions.items()},
            "crews_accused": self.crew_accused.card(),
        }


def score(truth: DayTruth, told: DayEvents) -> Score:
    shifts = {row.id: row for row in truth.shifts}
    pairs = [(row, told.shifts.get(row.id)) for row in truth.shifts]
    sure = [(row, one) for row, one in pairs if row.knowable]
    working = [(row, one) for row, one in pairs if row.working and row.verdict != "unknown"]
    return Score(
        n=len(shifts),
        missing=sum(one is None for _, one in pairs),
        unplanned=sum(name not in shifts for name in told.shifts),
        revised=sum(one.revision > 0 for one in told.shifts.values()),
        confusion=_confusion(pairs),
        knowable=_confusion(sure),
        recall=_recall(sure),
        precision=_precision(sure),
        unknown_working=Share(sum(_said(one) == "unknown" for _, one in working), len(working)),
        wrong_absent=Share(
            sum(_said(one) == "absent" and row.verdict != "absent" for row, one in pairs),
            len(pairs),
        ),
        minutes=_minutes_error(sure),
        exceptions=_exceptions(truth, told.problems),
        crew_accused=_crew_accused(truth, told.problems),
        wrong=tuple(_wrong(sure)),
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """(0, 1) when nothing was counted: then nothing is known."""
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


Pairs = Iterable[tuple[ShiftTruth, ShiftTold | None]]


def _said(one: ShiftTold | None) -> str:
    return MISSING if one is None else one.verdict


def _confusion(pairs: Pairs) -> Confusion:
    """By the true verdict, then by what was told."""
    counted: dict[str, Counter[str]] = {}
    for row, one in pairs:
        counted.setdefault(row.verdict, Counter())[_said(one)] += 1
    order = (*VERDICTS, MISSING)
    return {
        verdict: {said: counted[verdict][said] for said in order if counted[verdict][said]}
        for verdict in VERDICTS
        if verdict in counted
    }


def _recall(sure: list[tuple[ShiftTruth, ShiftTold | None]]) -> dict[str, Share]:
    found = {}
    for verdict in VERDICTS[:-1]:
        said = [_said(one) for row, one in sure if row.verdict == verdict]
        found[verdict] = Share(said.count(verdict), len(said))
    return found


def _precision(sure: list[tuple[ShiftTruth, ShiftTold | None]]) -> dict[str, Share]:
    found = {}
    for verdict in VERDICTS[:-1]:
        true = [row.verdict for row, one in sure if _said(one) == verdict]
        found[verdict] = Share(true.count(verdict), len(true))
    return found


def _minutes_error(pairs: Pairs) -> MinutesError:
    errors = [
        one.minutes_inside - row.minutes_inside
        for row, one in pairs
        if one is not None and one.verdict != "unknown"
    ]
    sizes = [abs(error) for error in errors]
    return MinutesError(
        len(errors),
        _rounded(nearest_rank(sizes, 0.5)),
        _rounded(nearest_rank(sizes, 0.95)),
        _rounded(max(sizes, default=None)),
        _rounded(sum(errors) / len(errors) if errors else None),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _exceptions(truth: DayTruth, problems: Sequence[ProblemTold]) -> dict[str, ExceptionScore]:
    found = exception_scores(truth, [one for one in problems if one.kind != "proxy-suspected"])
    proxies = [one for one in problems if one.kind == "proxy-suspected"]
    return {**found, "proxy-suspected": proxy_score(truth, proxies)}


def _crew_accused(truth: DayTruth, problems: Sequence[ProblemTold]) -> Share:
    """Exceptions that name an honest member of a crew or team."""
    honest = {
        badge for row in truth.shifts if row.party in {"crew", "team"} for badge in row.all_badges
    }
    accused = [one for one in problems if wrongly_named(truth, one) & honest]
    return Share(len(accused), sum(row.party in {"crew", "team"} for row in truth.shifts))


def _wrong(sure: Pairs) -> Iterable[str]:
    for row, one in sure:
        if _said(one) != row.verdict:
            yield f"{row.id}: {row.verdict} ({row.why}), told {_said(one)}"


def _per_10000(share: Share) -> float | None:
    return None if share.value is None else round(share.value * 10_000, 3)


def _exception_card(one: ExceptionScore) -> dict[str, object]:
    named = {"named": Share(one.named, one.to_name).card()} if one.to_name else {}
    return {
        **named,
        "tp": one.right,
        "fp": one.wrong,
        "fn": one.not_found,
        "may": one.may,
        "repeated": one.repeated,
        "precision": Share(one.right, one.right + one.wrong).card(),
        "recall": Share(one.found, one.found + one.not_found).card(),
    }
