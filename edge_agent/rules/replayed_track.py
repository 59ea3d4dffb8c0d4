"""A track that was sent before: the same coordinates, in the same order, with fresh times.

A receiver's noise never draws the same eight positions twice to a millionth of a degree (0.1 m). So a
path is told by hashes of eight consecutive distinct coordinates each; of those the smallest are kept,
whatever the path's length: a part of the path then still has its share of them. Positions held while
standing still count once, so they tell nothing; beacons and coarse coordinates, which do repeat, are known
by coming back to the same place again and again, and tell nothing either.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

LENGTH = 8
_PRIME = (1 << 61) - 1
_FACTOR = 1_103_515_245_271_828_183
_FAR = 1_000_000_000
_SAMPLED = 3  # a mask: one piece in four
_SPREAD = 0x1F3D5B79A2C4E687
_BITS, _BITS_LAST = 1024, 256  # a table of so many bits is emptied after so many coordinates
_AGAIN_SHARE = 0.5  # chance alone fills a tenth; a grid or beacons nearly all


class PathSketch:
    """Of one badge in one shift; coordinates are whole millionths of a degree. Some hundred bytes."""

    __slots__ = ("_again", "_bits", "_chosen", "_lat", "_lon", "_n", "_ring", "_size", "_turn")

    def __init__(self, size: int) -> None:
        self._size = size
        self._lon = self._lat = -_FAR
        self._ring = array("q", [0] * LENGTH)
        self._turn = 0
        self._chosen = array("q")  # sorted
        self._bits = bytearray(_BITS // 8)
        self._n = self._again = 0

    def add(self, lon6: int, lat6: int) -> None:
        if lon6 == self._lon and lat6 == self._lat:
            return
        self._lon, self._lat = lon6, lat6
        turn = self._turn
        self._ring[turn % LENGTH] = lon6 * _FAR + lat6
        self._turn = turn + 1
        # Counts coming back to a place, in a table that forgets.
        mixed = lon6 * 73 + lat6 * 151
        byte, mask = mixed >> 3 & (_BITS // 8 - 1), 1 << (mixed & 7)
        if self._bits[byte] & mask:
            self._again += 1
        else:
            self._bits[byte] |= mask
        self._n += 1
        if self._n % _BITS_LAST == 0:
            self._bits = bytearray(_BITS // 8)
        # Which pieces are looked at is decided by the coordinates themselves: so it is the same again.
        if (mixed ^ mixed >> 10) & _SAMPLED == 0 and turn >= LENGTH:
            self._look(turn)

    def _look(self, turn: int) -> None:
        value = 0
        for back in range(LENGTH):
            value = (value * _FACTOR + self._ring[(turn - back) % LENGTH]) % _PRIME
        value = value * _SPREAD % _PRIME
        if len(self._chosen) < self._size or value < self._chosen[-1]:
            self._choose(value)

    def _choose(self, value: int) -> None:
        chosen = self._chosen
        place = bisect_left(chosen, value)
        if place < len(chosen) and chosen[place] == value:
            return
        if len(set(self._ring)) < LENGTH:  # to and fro between two places is no path
            return
        chosen.insert(place, value)
        if len(chosen) > self._size:
            chosen.pop()

    def values(self) -> tuple[int, ...]:
        """Empty for what is no path of a receiver."""
        return () if self._again > _AGAIN_SHARE * self._n else tuple(self._chosen)


class KnownPaths:
    """Sketches of earlier shifts, looked up together. The oldest go when there are more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._owners: dict[int, tuple[str, str]] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._next = 0
        self._values: NDArray[np.int64] = np.zeros(0, np.int64)
        self._of: NDArray[np.int32] = np.zeros(0, np.int32)
        self._pending: list[tuple[int, Sequence[int]]] = []

    def __len__(self) -> int:
        return len(self._owners)

    def learn(self, badge: str, shift_key: str, sketch: Sequence[int]) -> None:
        """Again for the same shift: the later one counts."""
        owner = (badge, shift_key)
        before = self._places.pop(owner, None)
        if before is not None:
            del self._owners[before]
        if not sketch:
            return
        self._owners[self._next] = owner
        self._places[owner] = self._next
        self._pending.append((self._next, tuple(sketch)))
        self._next += 1
        if len(self._owners) > self._most:
            oldest = next(iter(self._owners))
            del self._places[self._owners.pop(oldest)]

    def same(self, sketches: Sequence[Sequence[int]]) -> list[dict[tuple[str, str], int]]:
        """For each: how many of its values every earlier shift has."""
        self._settle()
        sizes = [len(one) for one in sketches]
        values = np.fromiter((value for one in sketches for value in one), np.int64, sum(sizes))
        low = np.searchsorted(self._values, values, "left")
        high = np.searchsorted(self._values, values, "right")
        asked = np.repeat(np.arange(len(sizes)), sizes)
        found: list[dict[tuple[str, str], int]] = [{} for _ in sizes]
        for place in np.flatnonzero(high > low).tolist():
            self._count(found[int(asked[place])], self._of[low[place] : high[place]].tolist())
        return found

    def _count(self, counts: dict[tuple[str, str], int], places: Iterable[int]) -> None:
        for place in places:
            owner = self._owners.get(place)
            if owner is not None:
                counts[owner] = counts.get(owner, 0) + 1

    def _settle(self) -> None:
        if not self._pending:
            return
        values = np.fromiter((v for _, one in self._pending for v in one), np.int64)
        of = np.fromiter((p for p, one in self._pending for _ in one), np.int32)
        self._pending.clear()
        values = np.concatenate((self._values, values))
        of = np.concatenate((self._of, of))
        kept = np.isin(of, np.fromiter(self._owners, np.int32, len(self._owners)))
        values, of = values[kept], of[kept]
        order = np.argsort(values, kind="stable")
        self._values, self._of = values[order], of[order]
