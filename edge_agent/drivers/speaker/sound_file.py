"""A sound file played by a program of this machine (aplay, mpg123, ffplay)."""

from __future__ import annotations

import asyncio
import shlex
import shutil
from asyncio import subprocess

from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Prompt

PATIENCE_S = 10.0  # beyond the prompt's own length


class SoundFile:
    """`player`: a command line to which the file is added."""

    def __init__(self, player: str) -> None:
        self._command = shlex.split(player)

    async def open(self) -> None:
        if not self._command or shutil.which(self._command[0]) is None:
            name = self._command[0] if self._command else "(nothing)"
            raise DeviceUnreachable(
                f"the program {name} that plays sounds is not installed; "
                "aplay comes with `apt install alsa-utils`, or name another in `player`"
            )

    async def close(self) -> None:
        """Nothing stays open."""

    async def say(self, prompt: Prompt) -> None:
        if prompt.file is None:
            raise DeviceRefused(f"prompt {prompt.name!r} has no file")
        if not prompt.file.is_file():
            raise DeviceRefused(f"there is no file {prompt.file}")
        process = await asyncio.create_subprocess_exec(
            *self._command,
            str(prompt.file),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(prompt.seconds + PATIENCE_S):
                _, said = await process.communicate()
        except TimeoutError:
            raise DeviceRefused(f"{self._command[0]} did not end") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            words = said.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise DeviceRefused(f"{self._command[0]}: {words[-1][:200]}")
