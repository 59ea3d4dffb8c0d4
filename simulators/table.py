"""SIMULATORS: every device we can play, and the command that plays it (`edile sim NAME`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SimulatorSpec:
    """`command`: `module:function`, imported only when it is used."""

    about: str
    command: str


SIMULATORS: Mapping[str, SimulatorSpec] = MappingProxyType(
    {
        "weighbridge": SimulatorSpec(
            "A weighbridge indicator, and the tag reader beside its deck.",
            "simulators.weighbridge.cli:weighbridge",
        ),
        "badges-mqtt": SimulatorSpec(
            "Badges of sweepers that publish JSON to an MQTT broker.",
            "simulators.badges_mqtt.cli:badges_mqtt",
        ),
        "terminals": SimulatorSpec(
            "Badges and trucks that speak JT/T 808 or GT06.",
            "simulators.terminals.cli:terminals",
        ),
        "transmitter": SimulatorSpec(
            "A weigh transmitter on a Modbus line, under the same deck and trucks.",
            "simulators.weighbridge.transmitter:transmitter",
        ),
        "rfid": SimulatorSpec(
            "A UHF reader at a gate, and the trucks that pass it.", "simulators.rfid.cli:rfid"
        ),
        "speaker": SimulatorSpec(
            "A loudspeaker's electronics that record what was said.",
            "simulators.speaker.cli:speaker",
        ),
        "sensors": SimulatorSpec(
            "Modbus air, noise, weather and soil sensors on one bus.",
            "simulators.sensors.cli:sensors",
        ),
        "camera": SimulatorSpec(
            "A camera over a place that lives: a disposal point, a street, a fence.",
            "simulators.camera.cli:camera",
        ),
        "gnss": SimulatorSpec(
            "A satellite receiver on a car that drives a route.", "simulators.gnss.cli:gnss"
        ),
        "scenes": SimulatorSpec(
            "Rendered street scenes with labels, to train and measure on.",
            "simulators.scenes.cli:scenes",
        ),
    }
)
