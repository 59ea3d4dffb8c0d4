"""A shift as a picture for a letter: the track over the fence, the day as a strip, the sentences.

No names beyond the shift's key, no map from anywhere: the fence is the map. Colours are told apart by
people who see no red or green (Okabe and Ito, "Color Universal Design", 2008), and shapes differ, so
that a copier loses nothing.
"""

from __future__ import annotations

import math
import textwrap
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from contract.plane import METRES_PER_DEGREE
from edge_agent.roles.attendance.judging import JudgedFix
from edile.attendance.explaining import Explained

INCHES, DPI = (7.5, 9.6), 150
EDGE = 0.12  # of the picture around what is shown
MOST_SENTENCES, MOST_AREAS = 6, 2
_LOOK = {
    "inside": ("#0072B2", "o"),
    "outside": ("#D55E00", "s"),
    "unsure": ("#E69F00", "^"),
    "riding": ("#CC79A7", "D"),
    "rejected": ("#555555", "x"),
}
_NO_FIXES = "#DDDDDD"
_BUFFER, _FENCE = "#E8F1E4", "#3B7A2A"
# The key may hold a name in Chinese; matplotlib's own fonts have no such letters.
_FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimHei")


@dataclass(frozen=True)
class _Plane:
    """Metres east and north of a point, true to a thousandth within a district."""

    lon: float
    lat: float

    def metres(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        east = (lonlat[:, 0] - self.lon) * METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        return np.column_stack((east, (lonlat[:, 1] - self.lat) * METRES_PER_DEGREE))


def draw(one: Explained, file: Path) -> None:
    """PNG. OSError when it cannot be written."""
    installed = set(font_manager.get_font_names())
    settings: Any = {"font.family": [name for name in _FONTS if name in installed], "font.size": 8}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A letter that no font here has becomes a box; the picture is good all the same.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=INCHES, dpi=DPI, layout=None)
        FigureCanvasAgg(figure)
        found = one.judgement
        figure.text(0.06, 0.968, f"Shift {one.shift.key}", fontsize=13, fontweight="bold")
        figure.text(0.06, 0.948, _subtitle(one), fontsize=9)
        _draw_map(figure.add_axes((0.06, 0.35, 0.88, 0.585)), one)
        _draw_strip(figure.add_axes((0.13, 0.25, 0.81, 0.065)), one)
        _write_sentences(figure, one, top=0.188)
        about = {"Title": f"{one.shift.key}: {found.verdict}", "Software": "edile"}
        figure.savefig(file, format="png", metadata=about)


def _subtitle(one: Explained) -> str:
    shift, found = one.shift, one.judgement
    start, end = one.local(shift.start_ns), one.local(shift.end_ns)
    fences = [f"{area} (version {n})" for area, n in found.fence_versions.items()]
    named = ", ".join(fences[:MOST_AREAS]) or "no area with a fence"
    more = f" and {len(fences) - MOST_AREAS} more" if len(fences) > MOST_AREAS else ""
    return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} {one.zone()}, {named}{more}"


# -- the map


def _draw_map(axes: Axes, one: Explained) -> None:
    fixes = _at_work(one)
    used = [fix for fix in fixes if fix.side is not None]
    plane = _plane(one, used)
    for area in one.areas:
        for shape, style in (
            (area.buffered, {"facecolor": _BUFFER, "edgecolor": _FENCE, "linestyle": "--"}),
            (area.bare, {"facecolor": "none", "edgecolor": _FENCE, "linewidth": 1.4}),
        ):
            for outline in _outlines(shape, plane):
                axes.add_patch(PathPatch(outline, zorder=1, **style))
        west, _, east, north = area.buffered.bounds
        at = plane.metres(np.array([((west + east) / 2, north)]))[0]
        axes.annotate(
            area.id,
            xy=at,
            xytext=(0, 3),
            textcoords="offset points",
            color=_FENCE,
            ha="center",
            zorder=5,
        )
    track = plane.metres(_lonlat(used))
    gaps = _draw_way(axes, one, used, plane)
    _draw_fixes(axes, fixes, plane)
    _frame(axes, one, fixes, plane)
    _mark_ends(axes, one, used, track)
    _scale_bar(axes)
    axes.annotate(
        "N",
        xy=(0.965, 0.975),
        xytext=(0.965, 0.905),
        xycoords="axes fraction",
        ha="center",
        va="center",
        fontweight="bold",
        zorder=6,
        arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 1.4},
    )
    axes.set_xticks([])
    axes.set_yticks([])
    _legend(axes, fixes, gaps=gaps)


def _at_work(one: Explained) -> list[JudgedFix]:
    """Where a person went before and after work and in a break is nobody's business, and would show
    where they live: outside fixes of that time are left out."""
    expected = one.shift.expected()

    def shown(fix: JudgedFix) -> bool:
        at_ns = fix.position.at_ns
        at_work = at_ns is not None and any(begin <= at_ns < end for begin, end in expected)
        return at_work or fix.side in {"inside", "unsure"}

    return [fix for fix in one.fixes if shown(fix)]


def _plane(one: Explained, used: list[JudgedFix]) -> _Plane:
    if one.areas:
        middle = shapely.union_all([area.buffered for area in one.areas]).centroid
        return _Plane(middle.x, middle.y)
    return _Plane(*_lonlat(used)[0]) if used else _Plane(0.0, 0.0)


def _lonlat(fixes: Iterable[JudgedFix]) -> NDArray[np.float64]:
    places = [(fix.position.lon or 0.0, fix.position.lat or 0.0) for fix in fixes]
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def _outlines(shape: shapely.geometry.base.BaseGeometry, plane: _Plane) -> Iterable[Outline]:
    for part in shapely.get_parts(shape).tolist():
        rings = [part.exterior, *part.interiors]
        yield Outline.make_compound_path(
            *(Outline(plane.metres(np.array(ring.coords)[:, :2]), closed=True) for ring in rings)
        )


def _draw_way(axes: Axes, one: Explained, shown: list[JudgedFix], plane: _Plane) -> bool:
    """A line where fixes prove the way, dashes where they do not; says whether there are any."""
    whole, gaps, drawn = list[Any](), list[Any](), {id(fix) for fix in shown}
    every = [fix for fix in one.fixes if fix.side is not None]
    track = plane.metres(_lonlat(every))
    for place, (before, after) in enumerate(pairwise(every)):
        same = before.position.terminal == after.position.terminal
        if same and {id(before), id(after)} <= drawn:
            took_s = ((after.position.at_ns or 0) - (before.position.at_ns or 0)) / 1e9
            (whole if took_s <= one.max_gap_s else gaps).append(track[place : place + 2])
    axes.add_collection(LineCollection(whole, colors="#888888", linewidths=0.5, zorder=2))
    dashes = LineCollection(gaps, colors="black", linewidths=1.0, linestyles="dashed", zorder=4)
    axes.add_collection(dashes)
    return bool(gaps)


def _draw_fixes(axes: Axes, fixes: Iterable[JudgedFix], plane: _Plane) -> None:
    told = [fix for fix in fixes if fix.position.lon is not None and fix.position.lat is not None]
    for name, (colour, shape) in _LOOK.items():
        these = [fix for fix in told if (fix.side or "rejected") == name]
        at = plane.metres(_lonlat(these))
        wide = 0.9 if shape == "x" else 0.0
        size = 16 if shape == "x" else 7
        axes.scatter(
            at[:, 0], at[:, 1], s=size, c=colour, marker=shape, linewidths=wide, zorder=3, alpha=0.8
        )


def _frame(axes: Axes, one: Explained, fixes: list[JudgedFix], plane: _Plane) -> None:
    """All fences, and the used fixes but for their furthest hundredth; what is beyond is counted."""
    track = plane.metres(_lonlat(fix for fix in fixes if fix.side is not None))
    corners = [plane.metres(np.array(area.buffered.bounds).reshape(2, 2)) for area in one.areas]
    if len(track):
        corners.append(np.percentile(track, (1, 99), axis=0))
    if not corners:
        corners = [np.array([(-100.0, -100.0), (100.0, 100.0)])]
    every = np.concatenate(corners)
    low, high = every.min(axis=0), every.max(axis=0)
    box = axes.get_position()
    ratio = box.width * INCHES[0] / (box.height * INCHES[1])
    height = max(high[1] - low[1], (high[0] - low[0]) / ratio, 40.0) * (1 + 2 * EDGE)
    (x, y), width = (low + high) / 2, height * ratio
    axes.set_xlim(x - width / 2, x + width / 2)
    axes.set_ylim(y - height / 2, y + height / 2)
    every_fix = plane.metres(_lonlat(fix for fix in fixes if fix.position.lon is not None))
    beyond = np.abs(every_fix - (x, y)) > (width / 2, height / 2)
    count = int(beyond.any(axis=1).sum())
    if count:
        note = f"{count} fixes lie beyond the edge"
        axes.text(0.985, 0.015, note, transform=axes.transAxes, ha="right", style="italic")


def _mark_ends(
    axes: Axes, one: Explained, used: list[JudgedFix], track: NDArray[np.float64]
) -> None:
    if not used:
        words = "no usable fixes"
        axes.text(0.5, 0.3, words, transform=axes.transAxes, ha="center", fontsize=14, color="gray")
        return
    for place, word, shift in ((0, "first fix", (-34, 26)), (len(used) - 1, "last fix", (34, -30))):
        at = used[place].position.at_ns or 0
        axes.annotate(
            f"{word} {one.local(at):%H:%M}",
            xy=tuple(np.clip(track[place], *_limits(axes))),
            xytext=shift,
            textcoords="offset points",
            ha="center",
            zorder=6,
            arrowprops={"arrowstyle": "->", "color": "black"},
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "black"},
        )


def _limits(axes: Axes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return np.array((left, bottom)), np.array((right, top))


def _scale_bar(axes: Axes) -> None:
    (left, bottom), (right, top) = _limits(axes)
    length = _round_down((right - left) / 4)
    x, y = left + 0.03 * (right - left), bottom + 0.035 * (top - bottom)
    axes.plot(
        [x, x + length], [y, y], color="black", linewidth=2.5, zorder=6, solid_capstyle="butt"
    )
    text = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    axes.text(x + length / 2, y + 0.012 * (top - bottom), text, ha="center", zorder=6)


def _round_down(metres: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(metres))
    return float(max(step * power for step in (1, 2, 5) if step * power <= metres))


def _legend(axes: Axes, fixes: list[JudgedFix], *, gaps: bool) -> None:
    counts = {name: sum((fix.side or "rejected") == name for fix in fixes) for name in _LOOK}
    shown: list[Any] = [
        Line2D([], [], color=colour, marker=shape, linestyle="", markersize=5, label=f"{name}: {n}")
        for name, (colour, shape) in _LOOK.items()
        if (n := counts[name])
    ]
    if gaps:
        shown.append(Line2D([], [], color="black", linestyle="dashed", label="no fixes"))
    shown.append(Patch(facecolor="none", edgecolor=_FENCE, label="area"))
    shown.append(
        Patch(facecolor=_BUFFER, edgecolor=_FENCE, linestyle="--", label="counts as inside")
    )
    axes.legend(handles=shown, loc="upper left", framealpha=0.92, fontsize=7.5).set_zorder(7)


# -- the day


def _draw_strip(axes: Axes, one: Explained) -> None:
    """Above as it was judged, below what was planned; triangles: first in and last out."""
    shift, found = one.shift, one.judgement
    for piece in found.stays:
        colour = _NO_FIXES if piece.known == "no-fixes" else _LOOK[piece.known][0]
        bridged = piece.known == "inside" and not piece.covered
        span = (_day(one, piece.begin_ns), _day(one, piece.end_ns) - _day(one, piece.begin_ns))
        style: dict[str, Any] = {"hatch": "////", "edgecolor": "white"} if bridged else {}
        axes.broken_barh([span], (1.05, 0.9), facecolor=colour, linewidth=0, **style)
    for begin_ns, end_ns in shift.expected():
        span = (_day(one, begin_ns), _day(one, end_ns) - _day(one, begin_ns))
        axes.broken_barh([span], (0.05, 0.9), facecolor="#444444", linewidth=0)
    for begin_ns, end_ns in shift.breaks:
        span = (_day(one, begin_ns), _day(one, end_ns) - _day(one, begin_ns))
        axes.broken_barh([span], (0.05, 0.9), facecolor="white", edgecolor="#444444", hatch="....")
    for at_ns, shape, word, side in (
        (found.first_in_ns, ">", "in", "left"),
        (found.last_out_ns, "<", "out", "right"),
    ):
        if at_ns is not None:
            axes.plot(
                [_day(one, at_ns)], [2.3], marker=shape, color="black", markersize=5, clip_on=False
            )
            text, away = f"{word} {one.local(at_ns):%H:%M}", 6 if side == "left" else -6
            axes.annotate(
                text,
                xy=(_day(one, at_ns), 2.3),
                xytext=(away, 0),
                textcoords="offset points",
                ha=side,
                va="center",
            )
    for at_ns in (shift.start_ns, shift.end_ns):
        axes.axvline(_day(one, at_ns), color="black", linewidth=0.8)
    axes.set_ylim(0, 2.6)
    axes.set_yticks([0.5, 1.5], ["shift", "judged"])
    axes.set_xlim(_day(one, found.stays[0].begin_ns), _day(one, found.stays[-1].end_ns))
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=5, maxticks=12))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))  # type: ignore[no-untyped-call]
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    key = [Patch(color=_LOOK[name][0], label=name) for name in _LOOK if name != "rejected"]
    key += [Patch(color=_NO_FIXES, label="no fixes")]
    key += [Patch(facecolor="white", edgecolor="#444444", hatch="....", label="break")]
    axes.legend(
        handles=key, ncols=6, loc="upper center", bbox_to_anchor=(0.5, -0.32), frameon=False
    )


def _day(one: Explained, at_ns: int) -> float:
    return float(date2num(one.local(at_ns)))  # type: ignore[no-untyped-call]


def _write_sentences(figure: Figure, one: Explained, *, top: float) -> None:
    found = one.judgement
    told = list(found.reasons[:MOST_SENTENCES])
    told.append(
        f"{found.n} fixes received, {found.used} used; {found.coverage:.0%} of the expected time has "
        "fixes. Ways outside of working hours are not drawn. GPS shows where the badge was, not who "
        "wore it."
    )
    lines = [line for sentence in told for line in textwrap.wrap(sentence, 112)]
    figure.text(0.06, top, f"Verdict: {found.verdict}", fontsize=11, fontweight="bold", va="top")
    figure.text(0.06, top - 0.024, "\n".join(lines), va="top", linespacing=1.35)
