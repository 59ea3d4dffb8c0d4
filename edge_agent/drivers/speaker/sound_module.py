"""A DFPlayer-type sound module: plays numbered tracks, and says whether it understood."""

from __future__ import annotations

from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import ByteLink, Clock, Prompt, Transport
from firmware_bridges import dfplayer
from firmware_bridges.dfplayer import PlayerDecoder, PlayerMessage

ANSWER_S = 1.0


class SoundModule:
    """`volume` 0 to 30 is set at each opening."""

    def __init__(self, transport: Transport, clock: Clock, volume: int | None) -> None:
        self._transport, self._clock, self._volume = transport, clock, volume
        self._link: ByteLink | None = None

    async def open(self) -> None:
        self._link = await self._transport.open()
        if self._volume is not None:
            await self._tell(dfplayer.volume(self._volume))

    async def close(self) -> None:
        if self._link is not None:
            await self._link.close()

    async def say(self, prompt: Prompt) -> None:
        if prompt.track is None:
            raise DeviceRefused(f"prompt {prompt.name!r} has no track")
        await self._tell(dfplayer.play(prompt.track))

    async def _tell(self, frame: bytes) -> None:
        """Until the module confirms; its end-of-track messages in between are not answers."""
        if self._link is None:
            raise DeviceUnreachable("the sound module is not open")
        await self._link.write(frame)
        decoder, until_s = PlayerDecoder(), self._clock.monotonic_s() + ANSWER_S
        while (left_s := until_s - self._clock.monotonic_s()) > 0:
            for answer in decoder.feed(await self._link.read(left_s)):
                if not isinstance(answer, PlayerMessage):
                    continue
                if answer.command == dfplayer.ACKNOWLEDGED:
                    return
                if answer.command == dfplayer.ERROR:
                    why = dfplayer.ERRORS.get(answer.value, f"error {answer.value}")
                    raise DeviceRefused(f"the sound module says: {why}")
        raise DeviceUnreachable(f"the sound module did not confirm within {ANSWER_S:g} s")
