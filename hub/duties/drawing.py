"""Pictures: what of a road or a green was not worked, and what falls due when. No map from anywhere.

Colours are told apart by people who see no red or green (Okabe and Ito, "Color Universal Design", 2008), and
line styles and hatches differ too.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from contract.plane import Plane, plane_at
from hub.duties.coverage import Asset, Covered, Position, Why
from hub.duties.kinds import Coverage, DutyBook
from hub.duties.planning import Plan

DPI = 150
_CHINESE = ("Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimHei")
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
_HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo")
_LOOK: dict[Why, tuple[str, Any]] = {
    Why.TOO_FAST: ("#D55E00", "--"),
    Why.TOO_SLOW: ("#CC79A7", ":"),
    Why.INACCURATE: ("#E69F00", "-."),
    Why.NOT_DRIVEN: ("#000000", "-"),
}


@contextmanager
def _figure(size: tuple[float, float], file: Path, title: str) -> Iterator[Axes]:
    installed = set(font_manager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in _CHINESE if name in installed)]
    settings: Any = {"font.family": fonts, "font.size": 8}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A letter that no font here has becomes a box; the picture is good all the same.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_title(title)
        yield axes
        figure.savefig(file, format="png", metadata={"Title": title, "Software": "edile"})


def draw_coverage(
    asset: Asset, positions: Sequence[Position], found: Covered, rule: Coverage, file: Path
) -> None:
    """PNG, metres around the asset's middle. OSError when it cannot be written."""
    plane = plane_at(asset.centroid.x, asset.centroid.y)
    met = "covered" if found.meets(rule) else "NOT covered"
    title = f"{met}: {found.share:.1%} of {found.total:,.0f} {found.unit}, needed {rule.share:.0%}"
    with _figure((9, 7), file, title) as axes:
        _draw_shape(axes, asset, plane, color="#009E73", linewidth=5, alpha=0.45)
        for one in found.uncovered:
            colour, style = _LOOK[one.why]
            _draw_shape(axes, one.shape, plane, color=colour, linestyle=style, linewidth=2)
        track = _metres(np.array([one[1:3] for one in positions]).reshape(-1, 2), plane)
        axes.plot(
            track[:, 0], track[:, 1], color="#0072B2", linewidth=0.7, marker=".", markersize=2
        )
        shown = [Line2D([], [], color="#009E73", linewidth=5, alpha=0.45, label="the asset")]
        shown.append(Line2D([], [], color="#0072B2", linewidth=0.7, marker=".", label="track"))
        for why in sorted({one.why for one in found.uncovered}):
            size = sum(one.size for one in found.uncovered if one.why is why)
            label = f"{why.word}: {size:,.0f} {found.unit}"
            shown.append(Line2D([], [], color=_LOOK[why][0], linestyle=_LOOK[why][1], label=label))
        axes.legend(handles=shown, loc="best")
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("metres east")
        axes.set_ylabel("metres north")


def draw_plan(book: DutyBook, plan: Plan, first: date, last: date, file: Path) -> None:
    """Bars per day, by week where there are more than sixty. OSError when it cannot be written."""
    step = 1 if (last - first).days < 60 else 7
    starts = [first + timedelta(n) for n in range(0, (last - first).days + 1, step)]
    per = "day" if step == 1 else "week"
    with _figure((10, 5), file, f"Due per {per}, {first} to {last}") as axes:
        bottom = np.zeros(len(starts))
        for n, (name, days) in enumerate(plan.items()):
            counts = [
                sum(count for day, count in days.items() if 0 <= (day - start).days < step)
                for start in starts
            ]
            kind = book.kinds[name]
            axes.bar(
                [start.isoformat()[5:] for start in starts], counts, bottom=bottom,
                color=_COLOURS[n % len(_COLOURS)], hatch=_HATCHES[n % len(_HATCHES)],
                edgecolor="white", label=f"{kind.zh} {kind.en}",
            )  # fmt: skip
            bottom += counts
        axes.legend(loc="best")
        axes.set_ylabel("duties")
        axes.tick_params(axis="x", rotation=90)


def _draw_shape(axes: Axes, shape: Any, plane: Plane, **style: Any) -> None:
    for part in shapely.get_parts(shape):
        rings = [part] if part.geom_type == "LineString" else shapely.get_rings(part)
        for ring in rings:
            line = _metres(shapely.get_coordinates(ring), plane)
            axes.plot(line[:, 0], line[:, 1], **style)
            if part.geom_type == "Polygon" and ring is rings[0]:
                axes.fill(line[:, 0], line[:, 1], color=style["color"], alpha=0.15)


def _metres(lonlat: Any, plane: Plane) -> Any:
    return (lonlat - (plane.lon, plane.lat)) * (plane.per_lon_m, plane.per_lat_m)
