"""Question 8: what full fences cost beside bare shapely.

10,000 positions over a district of 2,000 fences with 30 to 200 corners each. The baseline asks a
tree of the same polygons `query(points, predicate="within")` in the same round: no border rule, no
accuracy, no validity, no names. Ours answers with the ids of each position.
"""

from __future__ import annotations

import math
import random
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from benchmarks.rows import Row
from contract.area import Area
from contract.fences import Fences, Side

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "8 geofence"
POSITIONS, FENCES = 10_000, 2_000
WEST, SOUTH, WIDE_DEG = 113.2, 23.0, 0.3
AT_NS = 1_790_000_000 * 10**9
ACCURACY_M = 15.0
BASELINE = 'shapely STRtree.query(predicate="within")'


class _District(NamedTuple):
    areas: list[Area]
    lon: list[float]
    lat: list[float]


def measure(*, quick: bool) -> list[Row]:
    district = _district(random.Random(8))
    fences = Fences(district.areas)
    rounds = 3 if quick else 9
    return [
        *_together(district, fences, rounds),
        *_single(district, fences, rounds),
        *_own(district, fences, rounds),
    ]


def _district(chance: random.Random) -> _District:
    areas = []
    for number in range(FENCES):
        lon, lat = WEST + WIDE_DEG * chance.random(), SOUTH + WIDE_DEG * chance.random()
        size, corners = chance.uniform(0.001, 0.008), chance.randint(30, 200)
        turns = [2 * math.pi * corner / corners for corner in range(corners)]
        lengths = [size * chance.uniform(0.8, 1.0) for _ in turns]
        ring = [
            (lon + length * math.cos(turn), lat + length * math.sin(turn))
            for turn, length in zip(turns, lengths, strict=True)
        ]
        areas.append(
            Area(
                id=f"area-{number:04}", version=1, kind="shift",
                rings=((*ring, ring[0]),), valid_from="2026-01-01T00:00:00Z",
            )
        )  # fmt: skip
    lon_of = [WEST + WIDE_DEG * chance.random() for _ in range(POSITIONS)]
    return _District(areas, lon_of, [SOUTH + WIDE_DEG * chance.random() for _ in range(POSITIONS)])


def _together(district: _District, fences: Fences, rounds: int) -> list[Row]:
    lon, lat = np.array(district.lon), np.array(district.lat)
    tree = shapely.STRtree([shapely.Polygon(area.rings[0]) for area in district.areas])
    pairs = len(tree.query(shapely.points(lon, lat), predicate="within")[0])
    named = sum(len(ids) for ids in fences.where(lon, lat, 0.0, AT_NS))
    if pairs != named:
        raise RuntimeError(f"shapely found {pairs} pairs, the fences {named}")
    asked: list[tuple[str, float, Side, float]] = [
        ("with the border rule", 0.0, Side.INSIDE, 0.5),
        (f"inside, accurate to {ACCURACY_M:.0f} m", ACCURACY_M, Side.INSIDE, 0.25),
        (f"inside or unsure, accurate to {ACCURACY_M:.0f} m", ACCURACY_M, Side.UNSURE, 0.25),
    ]
    bare: list[float] = []
    ours: list[list[float]] = [[] for _ in asked]
    for _ in range(rounds):
        bare.append(
            _took_s(lambda: tree.query(shapely.points(lon, lat), predicate="within")) / POSITIONS
        )
        for took, (_, accuracy_m, least, _) in zip(ours, asked, strict=True):
            accuracy = np.full(POSITIONS, accuracy_m)
            took.append(
                _took_s(lambda a=accuracy, s=least: fences.where(lon, lat, a, AT_NS, s)) / POSITIONS  # type: ignore[misc]
            )
    rows = []
    for took, (what, _, _, goal) in zip(ours, asked, strict=True):
        ratio = median(one / other for one, other in zip(bare, took, strict=True))
        rows.append(
            Row(
                question=QUESTION,
                figure=f"{POSITIONS:,} positions, {FENCES:,} fences, {what}",
                ours=1 / median(took), unit="positions/s",
                baseline=1 / median(bare), baseline_name=BASELINE, ratio=ratio,
                goal=f">= {goal}x", ok=ratio >= goal,
            )
        )  # fmt: skip
    return rows


def _single(district: _District, fences: Fences, rounds: int) -> list[Row]:
    rows = []
    points = list(zip(district.lon, district.lat, strict=True))

    def ask(accuracy_m: float) -> None:
        for lon, lat in points:
            fences.around(lon, lat, accuracy_m, AT_NS)

    for accuracy_m in (0.0, ACCURACY_M):
        what = f"one position over all fences, accuracy {accuracy_m:.0f} m"
        rows.append(_each(what, lambda a=accuracy_m: ask(a), rounds, 25.0))  # type: ignore[misc]
    return rows


def _own(district: _District, fences: Fences, rounds: int) -> list[Row]:
    """Positions around the badge's own area, most of them within."""
    chance = random.Random(88)
    asked = []
    for number in range(POSITIONS):
        area = district.areas[number % 100]
        west, south, east, north = fences.shape(area.id, AT_NS).bounds  # type: ignore[union-attr]
        lon = chance.uniform(west - 0.001, east + 0.001)
        asked.append(((area.id,), lon, chance.uniform(south - 0.001, north + 0.001)))

    def ask(accuracy_m: float) -> None:
        for ids, lon, lat in asked:
            fences.side(ids, lon, lat, accuracy_m, AT_NS)

    rows = []
    for accuracy_m in (0.0, ACCURACY_M):
        what = f"one position, its badge's own area, accuracy {accuracy_m:.0f} m"
        rows.append(_each(what, lambda a=accuracy_m: ask(a), rounds, 5.0))  # type: ignore[misc]
    return rows


def _each(what: str, ask: Callable[[], object], rounds: int, goal_us: float) -> Row:
    for _ in range(8):  # fences asked often keep a grid; a gateway runs for months
        ask()
    # There is no baseline to divide by, so the processor's time: other programs are not in it.
    ours_us = median(_cpu_s(ask) for _ in range(rounds)) / POSITIONS * 1e6
    return Row(
        question=QUESTION, figure=what, ours=ours_us, unit="µs of CPU",
        baseline=None, baseline_name="", ratio=None,
        goal=f"<= {goal_us:.0f} µs", ok=ours_us <= goal_us,
    )  # fmt: skip


def _took_s(ask: Callable[[], object]) -> float:
    begin = perf_counter()
    ask()
    return perf_counter() - begin


def _cpu_s(ask: Callable[[], object]) -> float:
    begin = process_time()
    ask()
    return process_time() - begin
