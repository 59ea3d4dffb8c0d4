"""Which contact a `[[devices]]` table asks for, imported when it is chosen."""

from __future__ import annotations

from edge_agent.config.devices.switch import SwitchConfig
from edge_agent.drivers.switch.driver import Contact
from edge_agent.errors import DeviceUnreachable


def contact_of(config: SwitchConfig) -> Contact:
    """A fresh one, not yet open. DeviceUnreachable where its package is not installed."""
    try:
        from edge_agent.drivers.switch.gpio import GpioContact
    except ModuleNotFoundError as error:
        extra = "pi" if config.kind == "gpio" else "modbus"
        raise DeviceUnreachable(
            f"the package {error.name!r} is missing: pip install 'edile[{extra}]'"
        ) from error
    return GpioContact(config.pin or 0, active_high=config.active_high)
