"""Follows a truth file while a simulator writes it; reads the score of a day that was played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edile.scorecard import TruthLine


class TruthFile:
    """`lines` is all that was read so far; `new` what has come since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.lines: list[TruthLine] = []
        self.ended = False  # the scenario was played to its end; samples may follow

    def new(self) -> list[TruthLine]:
        """Whole lines only; a file that is not there yet has none."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        found: list[TruthLine] = [json.loads(line) for line in whole.splitlines()]
        self.lines += found
        self.ended = self.ended or any(line["kind"] == "end" for line in found)
        return found


def day_score(path: Path) -> dict[str, Any] | None:
    """None as long as there is none, or not all of it."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found
