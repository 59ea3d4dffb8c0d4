"""The voice of a JT/T 808 terminal: its own text-to-speech, through the server it is connected to."""

from __future__ import annotations

from collections.abc import Mapping

from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Prompt, SayToTerminal


class TerminalVoice:
    """`voices`: for each terminal server of this gateway, what sends a text (message 0x8300 with the
    TTS flag) to one of its terminals."""

    def __init__(self, voices: Mapping[str, SayToTerminal], server: str, terminal: str) -> None:
        self._voices, self._server, self._terminal = voices, server, terminal

    async def open(self) -> None:
        if self._server not in self._voices:
            raise DeviceUnreachable(f"there is no terminal server {self._server!r} on this gateway")

    async def say(self, prompt: Prompt) -> None:
        if not prompt.text:
            raise DeviceRefused(f"prompt {prompt.name!r} has no text")
        await self._voices[self._server](self._terminal, prompt.text)

    async def close(self) -> None:
        """The server stays."""
