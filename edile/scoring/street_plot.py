"""Street problems as a picture: bars for each class, and what was taken for what. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edile.scoring.plotting import figure_of, saved

NOTHING, COLOURS = (
    "nothing",
    {"found": "#3b6ea5", "missed": "#c44e52", "twice": "#dd8452", "false": "#937860"},
)


def draw(figures: dict[str, Any], path: Path) -> None:
    """From what `figures` of a report gives. StopError where matplotlib is missing, or cannot write."""
    picture = figure_of(path, 13, 5.5)
    bars, matrix = picture.subplots(1, 2)
    _bars(bars, figures)
    _matrix(matrix, figures)
    picture.suptitle(
        f"{figures['scene']}, {figures['model']}: recall {_said(figures['recall'])},"
        f" precision {_said(figures['precision'])}",
        fontsize=10,
    )
    saved(picture, path)


def _bars(axes: Any, figures: dict[str, Any]) -> None:
    classes = figures["classes"]
    places = range(len(classes))
    below = [0] * len(classes)
    for name, colour in COLOURS.items():
        counts = [one[name] for one in classes.values()]
        axes.bar(places, counts, bottom=below, color=colour, label=name)
        below = [low + n for low, n in zip(below, counts, strict=True)]
    names = [f"{label}\nn = {one['counted']}" for label, one in classes.items()]
    axes.set_xticks(places, names, rotation=45, ha="right")
    axes.set_ylabel("problems")
    axes.legend()


def _matrix(axes: Any, figures: dict[str, Any]) -> None:
    """Rows: what truly was; columns: what was told. Counted problems and all that was told falsely."""
    classes = figures["classes"]
    names = [*classes, NOTHING]
    at = {name: place for place, name in enumerate(names)}
    counts = [[0] * len(names) for _ in names]
    for label, one in classes.items():
        counts[at[label]][at[label]] = one["found"] + one["short"]
        counts[at[label]][at[NOTHING]] = one["missed"]
        counts[at[NOTHING]][at[label]] = one["false"]
    for one in figures["confused"]:
        counts[at[one["is"]]][at[one["told"]]] += one["n"]
        counts[at[NOTHING]][at[one["told"]]] -= one["n"]
    shares = [[n / max(1, sum(row)) for n in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("told")
    axes.set_ylabel("was")
    for row, values in enumerate(counts):
        for column, n in enumerate(values):
            dark = shares[row][column] > 0.5
            axes.text(column, row, n, ha="center", va="center", color="white" if dark else "black")


def _said(share: dict[str, Any]) -> str:
    if share["share"] is None:
        return "-"
    low, high = share["interval95"]
    return f"{share['share']:.1%} ({low:.0%} to {high:.0%}, n {share['n']})"
