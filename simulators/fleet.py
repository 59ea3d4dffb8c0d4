"""The trucks of our invented district: plates, windscreen tags, empty weights.

`stored_tare`: a gateway may be told this truck's tare, so that one weighing makes a whole ticket.
Plates and tags are invented.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FleetTruck:
    plate: str
    tag: str
    tare_kg: int
    stored_tare: bool = False
    carrier: str = ""


FLEET: tuple[FleetTruck, ...] = (
    FleetTruck("粤A12D45", "0001204501", 11_840, carrier="Baiyun Clean"),
    FleetTruck("粤A23E56", "0001204502", 12_260, carrier="Baiyun Clean"),
    FleetTruck("粤A34F67", "0001204503", 10_980, carrier="Liuxi Haulage"),
    FleetTruck("粤A45G78", "0001204504", 12_700, carrier="Liuxi Haulage"),
    FleetTruck("粤A56H89", "0001204505", 11_420, carrier="Maofeng Transport"),
    FleetTruck("粤A67J90", "0001204506", 13_160, stored_tare=True, carrier="Baiyun Clean"),
    FleetTruck("粤A78K01", "0001204507", 12_900, stored_tare=True, carrier="Maofeng Transport"),
    FleetTruck("粤A89L12", "0001204508", 11_660, stored_tare=True, carrier="Liuxi Haulage"),
)
"""The first five are weighed in and out; the last three have stored tares."""

PAIRED = tuple(truck for truck in FLEET if not truck.stored_tare)
STORED = tuple(truck for truck in FLEET if truck.stored_tare)
