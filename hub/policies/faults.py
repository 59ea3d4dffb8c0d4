"""What is wrong with a scenario file or a catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from hub.faults import Fault, Refused

__all__ = ["CatalogueRefused", "Fault", "PolicyRefused"]


class _InOrder(Refused):
    """In order of file and line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__(sorted(faults, key=lambda fault: (fault.file, fault.line)))


class PolicyRefused(_InOrder):
    """Of scenario files, or of the set they make."""


class CatalogueRefused(_InOrder):
    """Of a table of classes."""
