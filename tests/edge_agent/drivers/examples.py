"""One `[[devices]]` table for each row of DRIVERS: whoever adds a driver adds its line here."""

from __future__ import annotations

EXAMPLES: dict[str, dict[str, object]] = {
    "weighbridge": {"id": "wb-1", "link": "serial:/dev/ttyUSB0", "dialect": "yaohua-tf0"},
    "card-reader": {"id": "rd-1", "link": "serial:/dev/ttyUSB1"},
}
