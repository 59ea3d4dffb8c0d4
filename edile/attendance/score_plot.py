"""A score as a picture: both confusion tables, and precision and recall with their intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edile.attendance.scoring import MISSING, VERDICTS, Confusion, Score, Share

_TOLD = (*VERDICTS, MISSING)


def draw(result: Score, path: Path) -> None:
    """A PNG file; OSError when it cannot be written."""
    figure = Figure(figsize=(13, 8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    _confusion(axes[0, 0], "all shifts", result.confusion)
    _confusion(axes[0, 1], "knowable shifts", result.knowable)
    _shares(axes[1, 0], "verdicts (knowable)", _of_verdicts(result))
    _shares(axes[1, 1], "exceptions", _of_exceptions(result))
    figure.savefig(path, format="png", dpi=110)


def _confusion(axes: Axes, title: str, confusion: Confusion) -> None:
    rows = list(confusion)
    counts = np.array([[confusion[row].get(told, 0) for told in _TOLD] for row in rows])
    axes.set_title(f"{title}, n={int(counts.sum())}")
    if not rows:
        return
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(_TOLD)), _TOLD)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(xlabel="told", ylabel="true")
    for (row, column), count in np.ndenumerate(counts):
        dark = shares[row, column] > 0.5
        axes.text(column, row, str(count), ha="center", va="center", color="w" if dark else "k")


def _of_verdicts(result: Score) -> list[tuple[str, Share, Share]]:
    return [(name, result.precision[name], result.recall[name]) for name in VERDICTS[:-1]]


def _of_exceptions(result: Score) -> list[tuple[str, Share, Share]]:
    return [
        (kind, Share(one.right, one.right + one.wrong), Share(one.found, one.found + one.not_found))
        for kind, one in result.exceptions.items()
    ]


def _shares(axes: Axes, title: str, rows: list[tuple[str, Share, Share]]) -> None:
    axes.set(title=f"{title}: share and 95 % interval", xlim=(0, 1.02))
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    for height, (_, precision, recall) in enumerate(rows):
        _mark(axes, height - 0.12, precision, "tab:blue", "" if height else "precision")
        _mark(axes, height + 0.12, recall, "tab:orange", "" if height else "recall")
    axes.legend(loc="lower left")


def _mark(axes: Axes, at: float, share: Share, colour: str, label: str) -> None:
    """A label only once, else the legend repeats it; nothing counted is nothing drawn but the label."""
    low, high = share.interval if share.n else (float("nan"), float("nan"))
    value = float("nan") if share.value is None else share.value
    axes.plot((low, high), (at, at), color=colour, alpha=0.6)
    axes.plot(value, at, "o", color=colour, label=label or None)
