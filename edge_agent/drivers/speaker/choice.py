"""Which Speaker a `[[devices]]` table asks for. What is heavy is imported when it is chosen."""

from __future__ import annotations

from edge_agent.config.devices.speaker import SpeakerConfig
from edge_agent.drivers.parts import DriverParts
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
    return SoundModule(parts.transport_of(config.link or ""), parts.clock, config.volume)
