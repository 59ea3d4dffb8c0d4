"""SIMULATORS: every device we can play, and the dialects it can speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from firmware_bridges.weighbridge import DIALECTS
from simulators.weighbridge import Encode


@dataclass(frozen=True, slots=True)
class SimulatorSpec:
    """`encoders`: dialect -> how a weight becomes one frame."""

    about: str
    encoders: Mapping[str, Encode]


SIMULATORS: Mapping[str, SimulatorSpec] = MappingProxyType(
    {
        "weighbridge": SimulatorSpec(
            about="a weighbridge indicator, and the tag reader beside its deck",
            encoders={name: dialect.encode for name, dialect in DIALECTS.items()},
        ),
    }
)
