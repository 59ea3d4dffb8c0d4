"""`[[roles.station.alarms]]`: what a sensor's value may be, and how long it may be beyond."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from contract.payloads.air import Quantity
from edge_agent.config.devices import ID

NUMBER = {"doc": 'in the unit of the sensor\'s map, as text ("0.5") or a whole number'}
MOST_S = 86_400


@dataclass(frozen=True)
class AirLimit:
    """A limit on one side: `above` or `below`. Raised after `for_s` beyond it, cleared after as long
    back at `clear` or better (`clear` = the limit itself: no hysteresis). Without `sensor` it is for
    every sensor that measures the quantity."""

    quantity: Quantity
    sensor: str | None = field(default=None, metadata={"pattern": ID})
    above: Decimal | None = field(default=None, metadata=NUMBER)
    below: Decimal | None = field(default=None, metadata=NUMBER)
    clear: Decimal | None = field(default=None, metadata=NUMBER)
    for_s: float = field(default=60.0, metadata={"min": 0, "max": MOST_S})

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError("above or below, exactly one of them")
        if self.above is not None and self.clear is not None and self.clear > self.above:
            raise ValueError("clear: not more than above")
        if self.below is not None and self.clear is not None and self.clear < self.below:
            raise ValueError("clear: not less than below")

    @property
    def limit(self) -> Decimal:
        limit = self.below if self.above is None else self.above
        assert limit is not None  # noqa: S101 - __post_init__ saw to it
        return limit
