"""Runs the demo from the first process to the last count. Synchronous, one thread, all by polling:
whatever hangs meets a deadline, and whatever dies is reported with the end of its log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from edile.demo.gateway_view import GatewayView
from edile.demo.hub_view import HubView, Unavailable
from edile.demo.mishaps import Mishaps
from edile.demo.programs import DemoFailed, Programs
from edile.demo.screen import Progress, Screen
from edile.demo.site import Site
from edile.demo.truth_file import TruthFile
from edile.scorecard import EventCounts, Scorecard, TruthLine, score

READY_WITHIN_S = 60.0
DRAINED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.25
ASK_EVERY_S = 1.0
SETTLE_S = 2.0  # counts must stand still this long before they are final


@dataclass
class Conductor:
    """One run. `card()` may be asked at any time; after Ctrl-C it is the partial one."""

    site: Site
    screen: Screen
    programs: Programs
    seed: int
    minutes: float
    hub: HubView = field(init=False)
    gateway: GatewayView = field(init=False)
    truth: TruthFile = field(init=False)
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self.hub = HubView(self.site.url, self.site.token)
        self.gateway = GatewayView(self.site.data_dir)
        self.truth = TruthFile(self.site.truth)
        self._asked = 0.0
        self._told = set[str]()

    def run(self) -> Scorecard:
        """Until the scenario has ended and everything has reached the hub; the card of that moment."""
        hub, agent = self.site.hub(), self.site.agent()
        simulator = self.site.simulator(self.seed, self.minutes)
        self.programs.start(hub)
        self._until(self.hub.ready, READY_WITHIN_S, "the hub to answer /readyz")
        self.screen.say(f"the hub is ready: {self.site.url}/docs")
        self.programs.start(simulator)
        self._until((self.site.folder / "wb").exists, READY_WITHIN_S, "the simulator's port")
        self.programs.start(agent)
        self._until(lambda: bool(self.truth.new()), READY_WITHIN_S, "the gateway to open the port")
        self.screen.say("the gateway reads the weighbridge")
        self.progress.length_s = _number(self.truth.lines[0].get("length_s"))
        self._play(Mishaps(self.screen, hub=hub, agent=agent))
        self.screen.say("the scenario has ended; waiting until the hub has everything")
        card = self._drained()
        produced, kept = self.gateway.produced(), self.gateway.kept()
        self.screen.say(
            f"the gateway made {produced} events and keeps {kept}: what is in a verified backup of the"
            " hub is gone from it"
        )
        return card

    def card(self) -> Scorecard:
        """Compares what is known now."""
        self.truth.new()
        return score(
            seed=self.seed,
            truth=self.truth.lines,
            tickets=self.hub.tickets(),
            problems=self.hub.problems(),
            orders=self.hub.orders(),
            events=self._counts(),
        )

    def _play(self, mishaps: Mishaps) -> None:
        begun = time.monotonic()
        while not self.truth.ended:
            for line in self.truth.new():
                self._tell(line)
                mishaps.saw(line, time.monotonic())
            mishaps.due(time.monotonic())
            self.progress.elapsed_s = time.monotonic() - begun
            self._look(may_be_down=mishaps.down)
            time.sleep(LOOK_EVERY_S)
        mishaps.finish()

    def _look(self, may_be_down: frozenset[str] = frozenset()) -> None:
        self.programs.require_running(except_for=may_be_down)
        if time.monotonic() - self._asked >= ASK_EVERY_S:
            self._asked = time.monotonic()
            self._ask()
        self.screen.show(self.progress)

    def _ask(self) -> None:
        """News from both sides; a side that is down says so on the screen and no more."""
        gateway = self.gateway.status()
        self.progress.gateway = "recording" if gateway else "down"
        if gateway:
            self.progress.waiting, self.progress.kept = gateway.waiting, gateway.kept
        try:
            tickets, orders = self.hub.tickets(), self.hub.orders()
            problems = [one for one in self.hub.problems() if one.phase == "opened"]
            self.progress.hub = "ready"
        except Unavailable:
            self.progress.hub = "down"
            return
        news = {f"ticket {one.ticket_no}": f"{one.vehicle}, {one.weight_kg} kg" for one in tickets}
        news |= {f"problem {one.problem_id}": f"{one.kind} opened" for one in problems}
        news |= {f"work order {one.number}": one.kind for one in orders}
        for thing, what in news.items():
            if thing not in self._told:
                self._told.add(thing)
                self.screen.say(f"{thing}: {what}")
        self.progress.tickets, self.progress.problems = len(tickets), len(problems)
        self.progress.orders = len(orders)

    def _tell(self, line: TruthLine) -> None:
        if line["kind"] == "truck":
            self.progress.on_deck = str(line["vehicle"])
            self.screen.say(f"on the deck: {line['vehicle']} ({line['direction']})")
            return
        if "vehicle" in line:  # what is told of a vehicle after that, is told when it has left
            self.progress.on_deck = "bare"
        if line["kind"] not in {"truth", "weighing", "end"}:
            self.screen.say(f"injected: {line['kind']}")

    def _drained(self) -> Scorecard:
        """Once the card has been clean for a while; after too long a time, the card as it is then. It
        is not asked for again, because a gateway goes on reporting its health."""
        until, clean_since = time.monotonic() + DRAINED_WITHIN_S, float("inf")
        while True:
            self._look()
            now, card = time.monotonic(), self._card_if_up()
            clean_since = min(clean_since, now) if card is not None and card.clean else float("inf")
            if card is not None and (now - clean_since >= SETTLE_S or now > until):
                return card
            if now > until:
                raise DemoFailed("\n".join(["the hub does not answer", *self.programs.log_tails()]))
            time.sleep(LOOK_EVERY_S)

    def _card_if_up(self) -> Scorecard | None:
        try:
            return self.card()
        except Unavailable:
            return None

    def _counts(self) -> EventCounts:
        """The gateway is asked on both sides of the hub, so that an event in between is no loss."""
        before = self.gateway.produced()
        stored = self.hub.stored()
        after = self.gateway.produced()
        produced = stored if before <= stored <= after else after
        return EventCounts(produced, stored, self.gateway.wire_bytes())

    def _until(self, happened: Callable[[], bool], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not happened():
            self.programs.require_running()
            if time.monotonic() > until:
                tails = "\n".join(self.programs.log_tails())
                raise DemoFailed(f"waited {seconds:.0f} s for {what}, in vain\n{tails}")
            self.screen.show(self.progress)
            time.sleep(LOOK_EVERY_S)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
