"""The day's roster as a file that a roster office would send. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from contract.rosters.shift import PlannedShift


def roster_text(shifts: Sequence[PlannedShift]) -> str:
    return msgspec.json.encode({"shifts": list(shifts)}).decode()
