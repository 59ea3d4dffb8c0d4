"""A district's duty areas as a picture: coloured by unit, overlays hatched. No map from anywhere.

Colours are told apart by people who see no red or green (Okabe and Ito, "Color Universal Design", 2008);
there are more units than colours, so each area bears its id too.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from contract.fence import Shape
from contract.plane import plane_at
from contract.timestamps import rfc3339
from hub.owners.layer import Entry
from hub.owners.ownership import Ownership

INCHES, DPI = (9.0, 9.0), 150
MOST_LABELS, MOST_LEGEND = 300, 24
_COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7", "#0072B2", "#D55E00", "#BBBBBB")
_HATCHES = ("///", "\\\\\\", "xxx", "...", "+++")
# matplotlib's own fonts have no Chinese letters.
_CHINESE = ("Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimHei")
_BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1.0}


def draw(owned: Ownership, at_ns: int, file: Path) -> int:
    """PNG of the areas valid then; how many they are. OSError when it cannot be written."""
    valid = [entry for entry in owned.entries if entry.start_ns <= at_ns < entry.end_ns]
    settings: Any = {"font.family": ["DejaVu Sans", *_chinese_fonts()], "font.size": 8}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A letter that no font here has becomes a box; the picture is good all the same.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_title(f"Duty areas, {rfc3339(at_ns)}")
        _draw_areas(axes, owned, valid, at_ns)
        about = {"Title": "Duty areas", "Software": "edile"}
        figure.savefig(file, format="png", metadata=about)
    return len(valid)


def _draw_areas(axes: Axes, owned: Ownership, valid: Sequence[Entry], at_ns: int) -> None:
    units = sorted({owned.unit_of(entry.duty, at_ns) for entry in valid})
    colours = {unit: _COLOURS[n % len(_COLOURS)] for n, unit in enumerate(units)}
    layers = sorted({layer for entry in valid if (layer := _layer(entry)) is not None})
    hatches = {layer: _HATCHES[n % len(_HATCHES)] for n, layer in enumerate(layers)}
    # Plain areas below, what answers before them above.
    for entry in sorted(valid, key=lambda entry: _layer(entry) is not None):
        layer, colour = _layer(entry), colours[owned.unit_of(entry.duty, at_ns)]
        if layer is None:
            style: dict[str, Any] = {"facecolor": colour, "edgecolor": "black", "alpha": 0.75}
        else:
            style = {"facecolor": "none", "edgecolor": colour, "hatch": hatches[layer]}
        axes.add_patch(PathPatch(_outline(entry.shape), linewidth=0.6, **style))
    if len(valid) <= MOST_LABELS:
        for entry in valid:
            at = entry.shape.representative_point()
            axes.annotate(
                entry.duty.area.id, (at.x, at.y), ha="center", va="center", fontsize=6, bbox=_BEHIND
            )
    _frame(axes, valid)
    handles = [Patch(facecolor=colours[unit], label=_named(owned, unit, at_ns)) for unit in units]
    handles = handles[:MOST_LEGEND]
    handles += [Patch(facecolor="none", hatch=hatches[layer], label=layer) for layer in layers]
    if handles:
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7)


def _layer(entry: Entry) -> str | None:
    """None for a plain area."""
    named = (entry.duty.overlay and f"overlay {entry.duty.overlay}", *entry.duty.classes)
    return " ".join(filter(None, named)) or None


def _named(owned: Ownership, unit: str, at_ns: int) -> str:
    row = owned.units.row(unit, at_ns)
    if row is None:
        return unit
    return f"{unit} {row.zh if _chinese_fonts() else row.en}"


def _chinese_fonts() -> list[str]:
    installed = set(font_manager.get_font_names())
    return [name for name in _CHINESE if name in installed]


def _frame(axes: Axes, valid: Iterable[Entry]) -> None:
    boxes = np.array([entry.shape.bounds for entry in valid])
    if len(boxes):
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        plane = plane_at((west + east) / 2, (south + north) / 2)
        axes.set_aspect(plane.per_lat_m / plane.per_lon_m)
        wide, high = (east - west) * 0.03, (north - south) * 0.03
        axes.set_xlim(west - wide, east + wide)
        axes.set_ylim(south - high, north + high)
        _scale_bar(axes, plane.per_lon_m)
    axes.set_xticks([])
    axes.set_yticks([])


def _scale_bar(axes: Axes, per_lon_m: float) -> None:
    west, east = axes.get_xlim()
    most_m = (east - west) * per_lon_m / 4
    power = 10 ** math.floor(math.log10(most_m))
    metres = next(step * power for step in (5, 2, 1) if step * power <= most_m)
    south, north = axes.get_ylim()
    at = south + (north - south) * 0.02
    left = west + (east - west) * 0.02
    axes.plot([left, left + metres / per_lon_m], [at, at], color="black", linewidth=2)
    text = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    axes.annotate(text, (left, at), xytext=(0, 4), textcoords="offset points")


def _outline(shape: Shape) -> Outline:
    """One path with its holes; rings of a polygon that GEOS made run opposite ways."""
    return Outline.make_compound_path(
        *(
            Outline(np.asarray(ring.coords), closed=True)
            for polygon in shapely.get_parts(shapely.orient_polygons(shape))
            for ring in _rings(polygon)
        )
    )


def _rings(polygon: shapely.Polygon) -> Iterator[shapely.LinearRing]:
    yield polygon.exterior
    yield from polygon.interiors
