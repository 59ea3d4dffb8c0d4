"""A picture of figures, where matplotlib is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge_agent.errors import StopError


def figure_of(path: Path, wide_in: float, high_in: float) -> Any:
    """StopError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and not on a gateway
    except ModuleNotFoundError as error:
        raise StopError(
            f"{path}: a picture needs the package 'matplotlib': pip install 'edile[attendance]'"
        ) from error
    return Figure(figsize=(wide_in, high_in), dpi=110)


def saved(figure: Any, path: Path) -> None:
    """StopError when it cannot be written."""
    figure.tight_layout()
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise StopError(f"{path}: cannot be written: {error}") from error
