"""What the demo does to its own programs to show that nothing is lost: the gateway is killed in
mid-weighing, and the hub is killed while tickets come in."""

from __future__ import annotations

from collections.abc import Callable

from edile.demo.programs import Program
from edile.demo.screen import Screen
from edile.scorecard import TruthLine

KILL_AFTER_S = 3.0  # the first truck stands, its weighing is open
HUB_AWAY_S = 4.0


class Mishaps:
    """Told of each truth line; acts when asked whether anything is due. Times are monotonic."""

    def __init__(self, screen: Screen, *, hub: Program, agent: Program) -> None:
        self._screen, self._hub, self._agent = screen, hub, agent
        self._trucks = 0
        self._plan: list[tuple[float, Callable[[], None]]] = []
        self.down: frozenset[str] = frozenset()

    def saw(self, line: TruthLine, now: float) -> None:
        if line["kind"] != "truck":
            return
        self._trucks += 1
        if self._trucks == 1:
            self._plan.append((now + KILL_AFTER_S, self._kill_agent))
        elif self._trucks == 2:
            self._plan.append((now, self._kill_hub))
            self._plan.append((now + HUB_AWAY_S, self._restart_hub))

    def due(self, now: float) -> None:
        ready = [act for at, act in self._plan if at <= now]
        self._plan = [(at, act) for at, act in self._plan if at > now]
        for act in ready:
            act()

    def finish(self) -> None:
        """Nothing may stay down when the scenario has ended."""
        self.due(float("inf"))

    def _kill_agent(self) -> None:
        self._screen.say("kill -9 of the gateway, a truck on the deck; starting it again")
        self._agent.kill()
        self._agent.start()

    def _kill_hub(self) -> None:
        self._screen.say("kill -9 of the hub; the gateway keeps everything meanwhile")
        self.down = frozenset({self._hub.name})
        self._hub.kill()

    def _restart_hub(self) -> None:
        self._hub.start()
        self.down = frozenset()
        self._screen.say("the hub is started again")
