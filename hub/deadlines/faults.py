"""What is wrong with a calendar's file: where, what stands there, what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import HubStop


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 1; 0 = the whole file."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class CalendarRefused(HubStop):
    """Every fault of a file, not only the first; the message has one a line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
