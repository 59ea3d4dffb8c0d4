"""A line between gateway and model hub that loses, delays, repeats, reorders and cuts, by seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from edge_agent.errors import HubUnreachable
from edge_agent.ports import HubRequest, HubResponse
from tests.fakes.clock import FakeClock
from tests.simulation.model_hub import ModelHub


@dataclass(frozen=True)
class Weather:
    """Chances, each of one exchange. `late`: an old request arrives again, after newer ones."""

    lost: float = 0.0
    reply_lost: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    cut: float = 0.0
    slow_s: float = 0.0


FINE = Weather()
STORMY = Weather(lost=0.1, reply_lost=0.1, twice=0.1, late=0.1, cut=0.05, slow_s=2.0)
_REMEMBERED = 20


class LossyLink:
    """HubLink. `up` False: no network at all."""

    def __init__(self, hub: ModelHub, clock: FakeClock, rng: random.Random) -> None:
        self._hub, self._clock, self._rng = hub, clock, rng
        self.weather, self.up = FINE, True
        self._passed: list[HubRequest] = []
        self.mishaps = 0

    async def send(self, request: HubRequest) -> HubResponse:
        weather = self.weather
        if not self.up:
            raise HubUnreachable("no route to the hub")
        self._clock.tick(self._rng.random() * weather.slow_s)
        if self._happens(weather.lost):
            raise HubUnreachable("lost on the way")
        if self._happens(weather.cut):
            part = request.body[: self._rng.randrange(len(request.body) + 1)]
            if part != request.body:
                self._hub.answer(replace(request, body=part))
            raise HubUnreachable("cut in mid-request")
        if self._passed and self._happens(weather.late):
            self._hub.answer(self._rng.choice(self._passed))
        response = self._hub.answer(request)
        self._passed = [*self._passed[-_REMEMBERED:], request]
        if self._happens(weather.twice):
            self._hub.answer(request)
        self._clock.tick(self._rng.random() * weather.slow_s)
        if self._happens(weather.reply_lost):
            raise HubUnreachable("the reply was lost")
        return response

    async def close(self) -> None:
        """Nothing is open."""

    def _happens(self, chance: float) -> bool:
        happens = self._rng.random() < chance
        self.mishaps += happens
        return happens
