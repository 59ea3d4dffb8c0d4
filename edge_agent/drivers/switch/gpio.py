"""A relay on a pin of the Raspberry Pi, through gpiozero (extra `pi`)."""

from __future__ import annotations

from typing import Any

import gpiozero
from gpiozero.exc import GPIOZeroError

from edge_agent.errors import DeviceUnreachable


class GpioContact:
    """`pin` in BCM numbering. `factory` as gpiozero's pin_factory; None = what the board has."""

    def __init__(self, pin: int, *, active_high: bool, factory: Any = None) -> None:
        self._pin, self._active_high, self._factory = pin, active_high, factory
        self._output: Any = None

    async def open(self) -> None:
        try:
            self._output = gpiozero.DigitalOutputDevice(
                self._pin,
                active_high=self._active_high,
                initial_value=False,
                pin_factory=self._factory,
            )
        except (GPIOZeroError, OSError) as error:
            raise DeviceUnreachable(f"pin {self._pin}: {error}") from error

    async def set(self, *, on: bool) -> None:
        try:
            self._output.value = on
        except (GPIOZeroError, OSError) as error:
            raise DeviceUnreachable(f"pin {self._pin}: {error}") from error

    async def close(self) -> None:
        if self._output is not None:
            self._output.close()
