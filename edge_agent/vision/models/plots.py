"""Figures of an evaluation as a picture. Needs matplotlib, which a gateway does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.errors import StopError
from edge_agent.vision.models.evaluating import Evaluation

MAX_WRITTEN = 60  # classes, above which counts are colours alone
CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "SimHei", "DejaVu Sans")


def draw(evaluation: Evaluation, path: Path) -> None:
    """A confusion matrix, or bars of average precision. StopError where matplotlib is missing."""
    try:
        from matplotlib import font_manager  # noqa: PLC0415 - heavy, and not on a gateway
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise StopError(
            f"{path}: a picture needs the package 'matplotlib': pip install 'edile[attendance]'"
        ) from error
    known = {one.name for one in font_manager.fontManager.ttflist}
    figure: Any = Figure(figsize=_size(len(evaluation.labels)), dpi=110)
    axes = figure.add_subplot()
    family = [name for name in CJK_FONTS if name in known]
    if evaluation.counts is not None:
        _matrix(axes, evaluation)
    else:
        _bars(axes, evaluation)
    for text in [axes.title, *axes.get_xticklabels(), *axes.get_yticklabels()]:
        text.set_fontfamily(family)
    figure.tight_layout()
    figure.savefig(path)


def _size(labels: int) -> tuple[float, float]:
    """Inches."""
    side = min(24.0, 1.6 + 0.75 * max(6, labels))
    return side, max(5.0, side * 0.9)


def _matrix(axes: Any, evaluation: Evaluation) -> None:
    """Each row in shares of its pictures, with the counts written in."""
    counts = evaluation.counts if evaluation.counts is not None else np.zeros((0, 0), np.int64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    places = range(len(evaluation.labels))
    axes.set_xticks(places, evaluation.labels, rotation=45, ha="right")
    axes.set_yticks(places, evaluation.labels)
    axes.set_xlabel("said")
    axes.set_ylabel("is")
    for row in places:
        for column in places:
            if len(evaluation.labels) > MAX_WRITTEN:
                continue
            dark = shares[row, column] > 0.5
            axes.text(
                column, row, counts[row, column], ha="center", va="center",
                color="white" if dark else "black",
            )  # fmt: skip
    accuracy = evaluation.figures["accuracy"]
    low, high = accuracy["interval95"]
    axes.set_title(
        f"{evaluation.figures['model']}: {accuracy['share']:.1%} of {accuracy['n']} right "
        f"(95 %: {low:.1%} to {high:.1%})",
        fontsize=10,
    )


def _bars(axes: Any, evaluation: Evaluation) -> None:
    results = [one for one in evaluation.results if one.ap is not None]
    places = range(len(results))
    axes.bar(places, [one.ap for one in results], color="#3b6ea5")
    names = [f"{one.label}\nn = {one.boxes}" for one in results]
    axes.set_xticks(places, names, rotation=45, ha="right")
    axes.set_ylim(0, 1)
    axes.set_ylabel("average precision at 0.5 overlap")
    for place, one in zip(places, results, strict=True):
        axes.text(place, (one.ap or 0) + 0.01, f"{one.ap:.2f}", ha="center")
    mean = evaluation.figures.get("map50")
    said = "no boxes" if mean is None else f"mAP@50 {mean:.3f}"
    axes.set_title(
        f"{evaluation.figures['model']}: {said} on {evaluation.figures.get('pictures')} pictures",
        fontsize=10,
    )
