"""Which Speaker a `[[devices]]` table asks for."""

from __future__ import annotations

from edge_agent.config.devices.speaker import SpeakerConfig
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.speaker.modbus_mp3 import ModbusMp3
from edge_agent.drivers.speaker.sound_file import SoundFile
from edge_agent.drivers.speaker.sound_module import SoundModule
from edge_agent.drivers.speaker.terminal_voice import TerminalVoice
from edge_agent.ports import Speaker


def speaker_of(config: SpeakerConfig, parts: DriverParts) -> Speaker:
    """A fresh one, not yet open."""
    if config.kind == "file":
        return SoundFile(config.player)
    if config.kind == "terminal":
        return TerminalVoice(parts.voices, config.server or "", config.terminal or "")
    if config.kind == "modbus-mp3":
        bus = parts.buses.bus(config.link or "", parts.transport_of, echo=config.echo)
        return ModbusMp3(bus, config.address, config.register)
    return SoundModule(parts.transport_of(config.link or ""), parts.clock, config.volume)
