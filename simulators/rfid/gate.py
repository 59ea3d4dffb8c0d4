"""A UHF reader over a lane: which tags are in its field when, and what it answers. Pure.

Trucks pass one after the other, sometimes two close together; a tag is missed in some rounds, as tags
behind wet windscreens are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from firmware_bridges.rfid.tags import RfidSpec
from simulators.answering_line import TruthLine
from simulators.chance import chance

MISSED = 0.2  # share of the rounds in which a tag in the field is not read
HURT = 0.02  # share of the answers that noise damages
LONGEST = 512  # bytes of questions that are kept


@dataclass(frozen=True, slots=True)
class Stay:
    """A tag in the field from `t` to `until`."""

    epc: str
    t: float
    until: float


def stays(seed: int, length_s: float, trucks: int) -> tuple[Stay, ...]:
    """Passages in turn; the same seed gives the same tags and times."""
    luck = chance(seed, "gate")
    turn_s = length_s / max(1, trucks)
    found = []
    for n in range(trucks):
        begin = n * turn_s + luck.uniform(0, turn_s * 0.3)
        stay_s = luck.uniform(min(2.0, turn_s * 0.4), turn_s * 0.6)
        found.append(Stay(f"E28068940000{luck.getrandbits(48):012X}", begin, begin + stay_s))
        if luck.random() < 0.2:  # one right behind it
            found.append(
                Stay(f"E28068940000{luck.getrandbits(48):012X}", begin + 0.5, begin + stay_s)
            )
    return tuple(found)


class Gate:
    """Answers each question with the tags of that moment; says when one came and went."""

    def __init__(
        self, spec: RfidSpec, address: int, plan: tuple[Stay, ...], seed: int, *, calm: bool = False
    ) -> None:
        self._spec, self._address, self._plan = spec, address, plan
        self._question = spec.ask(address)
        self._luck: Random = chance(seed, "reads")
        self._calm = calm
        self._heard = b""
        self._untold = sorted(
            [(one.t, "tag", one) for one in plan] + [(one.until, "tag-gone", one) for one in plan],
            key=lambda row: row[0],
        )

    def hear(self, data: bytes, t: float) -> bytes:
        self._heard = (self._heard + data)[-LONGEST:]
        answer = b""
        while (at := self._heard.find(self._question)) >= 0:
            self._heard = self._heard[at + len(self._question) :]
            answer += self._round(t)
        return answer

    def news(self, t: float) -> Iterator[TruthLine]:
        while self._untold and self._untold[0][0] <= t:
            _, kind, stay = self._untold.pop(0)
            yield {"kind": kind, "id": stay.epc}

    def _round(self, t: float) -> bytes:
        inside = [one.epc for one in self._plan if one.t <= t < one.until]
        read = [epc for epc in inside if self._calm or self._luck.random() >= MISSED]
        answer = bytearray(self._spec.report(self._address, tuple(read)))
        if not self._calm and self._luck.random() < HURT:
            answer[self._luck.randrange(len(answer))] ^= 1 << self._luck.randrange(8)
        return bytes(answer)
