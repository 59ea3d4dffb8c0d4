"""Positions that nobody has a right to are not written down: a badge off its shift is not followed.

They are acknowledged like the others, so that the terminal forgets them, and told to the roles, so that
a call for help is heard at any hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from edge_agent.ports import UNKEPT, Pin, TerminalTracks
from edge_agent.readings import PositionReading

MayKeep = Callable[[PositionReading], bool]


class DiscreetTracks:
    """TerminalTracks in front of others. `unkept` counts what was let go."""

    def __init__(self, tracks: TerminalTracks, may_keep: MayKeep) -> None:
        self.unkept = 0
        self._tracks, self._may_keep = tracks, may_keep

    async def keep(self, positions: Sequence[PositionReading]) -> Sequence[int]:
        return await self.keep_pairs([(one, False) for one in positions])

    async def keep_pairs(
        self, pairs: Sequence[tuple[PositionReading, bool]], pins: Mapping[str, Pin] = {}
    ) -> Sequence[int]:
        kept = [self._may_keep(one) for one, _ in pairs]
        if all(kept):
            return await self._tracks.keep_pairs(pairs, pins)
        wanted = [pair for pair, may in zip(pairs, kept, strict=True) if may]
        ordinals = iter(await self._tracks.keep_pairs(wanted, pins))
        self.unkept += len(pairs) - len(wanted)
        return [next(ordinals) if may else UNKEPT for may in kept]

    async def since(self, ordinal: int, limit: int) -> Sequence[PositionReading]:
        return await self._tracks.since(ordinal, limit)

    async def track(
        self, terminal: str, begin_ns: int, end_ns: int, limit: int
    ) -> Sequence[PositionReading]:
        return await self._tracks.track(terminal, begin_ns, end_ns, limit)

    async def pins(self) -> dict[str, Pin]:
        return await self._tracks.pins()
