"""What is wrong with a scenario file or a catalogue: where, what stands there, what was expected."""

from __future__ import annotations

from collections.abc import Iterable

from hub.deadlines.faults import Fault
from hub.errors import HubStop

__all__ = ["CatalogueRefused", "Fault", "PolicyRefused"]


class PolicyRefused(HubStop):
    """Every fault of every file, in order of file and line; the message has one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class CatalogueRefused(HubStop):
    """As PolicyRefused, of a table of classes."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        super().__init__("\n".join(str(fault) for fault in self.faults))
