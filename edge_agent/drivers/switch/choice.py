"""Which contact a `[[devices]]` table asks for; gpiozero is imported when it is chosen."""

from __future__ import annotations

from edge_agent.config.devices.switch import SwitchConfig
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.switch.coil import CoilContact
from edge_agent.drivers.switch.driver import Contact
from edge_agent.errors import DeviceUnreachable


def contact_of(config: SwitchConfig, parts: DriverParts) -> Contact:
    """A fresh one, not yet open. DeviceUnreachable where its package is not installed."""
    if config.kind == "modbus-coil":
        bus = parts.buses.bus(config.link or "", parts.transport_of, echo=config.echo)
        return CoilContact(bus, config.address, config.coil or 0)
    try:
        from edge_agent.drivers.switch.gpio import GpioContact
    except ModuleNotFoundError as error:
        raise DeviceUnreachable(
            f"the package {error.name!r} is missing: pip install 'edile[pi]'"
        ) from error
    return GpioContact(config.pin or 0, active_high=config.active_high)
