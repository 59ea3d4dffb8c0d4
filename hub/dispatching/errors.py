"""Why something asked of an order was not done; nothing is changed then."""

from __future__ import annotations


class NoSuchOrder(LookupError):
    """Not there, or another district's: the caller cannot tell."""


class StaleVersion(ValueError):
    """Somebody was faster: the order is at `current`."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the order has changed since: it is at version {current} now")


class WrongUnit(ValueError):
    """An order cannot be dispatched to nobody, and no other move names a unit."""


class WrongTime(ValueError):
    """`until` is missing, past, or given where it means nothing."""


class CannotBe(ValueError):
    """What is asked does not fit the order as it is: merging with a closed one, an unknown stage."""
