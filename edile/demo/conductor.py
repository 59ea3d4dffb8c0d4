"""Runs the demo from the first process to the last count. Synchronous, one thread, all by polling:
whatever hangs meets a deadline, and whatever dies is reported with the end of its log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from edile.demo.eye_card import CAMERAS, eye_score
from edile.demo.eyes import CODES, LABELS
from edile.demo.gateway_view import GatewayView
from edile.demo.hub_view import HubView, Unavailable
from edile.demo.mishaps import Mishaps
from edile.demo.programs import DemoFailed, Programs
from edile.demo.screen import Progress, Screen
from edile.demo.site import LOOKED_AT, Site
from edile.demo.staff import Staff
from edile.demo.truth_file import TruthFile, day_score
from edile.demo.whole_truth import acknowledged, whole_truth
from edile.scorecard import EventCounts, Scorecard, TruthLine, score

READY_WITHIN_S = 60.0
DRAINED_WITHIN_S = 60.0
DAY_WITHIN_S = 600.0  # eight hours of a few hundred badges
QUIET = {"truth", "weighing", "end", "position", "sample"}
LOOK_EVERY_S = 0.25
ASK_EVERY_S = 1.0
AFTERWARDS_MIN = 60.0  # cameras go on while the day ends and the staff is at work
TIDY_WITHIN_S = 20.0
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
    air: TruthFile = field(init=False)
    terminals: TruthFile = field(init=False)
    seen: tuple[TruthFile, ...] = field(init=False)  # street, bins
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self.hub = HubView(self.site.url, self.site.token)
        self.gateway = GatewayView(self.site.data_dir)
        self.truth = TruthFile(self.site.truth)
        self.air = TruthFile(self.site.air_truth)
        self.terminals = TruthFile(self.site.terminals_truth)
        eyes = self.site.eyes
        files = (eyes.street_truth, eyes.point_truth) if eyes else ()
        self.seen = tuple(TruthFile(file) for file in files)
        self._day = self.site.attendance(self.seed)
        self._asked = 0.0
        self._told = set[str]()
        self._may_end = frozenset[str]()  # programs that end by themselves, when they have played

    def run(self) -> Scorecard:
        """Until the scenario has ended and everything has reached the hub; the card of that moment."""
        hub, agent = self.site.hub(), self.site.agent()
        simulator = self.site.simulator(self.seed, self.minutes)
        others = (
            self.site.sensors(self.seed, self.minutes),
            self.site.terminals(self.seed, self.minutes),
            self._day,
        )
        if self.site.eyes is not None:
            for camera in (self.site.eyes.street, self.site.eyes.point):
                self.programs.start(camera(self.minutes + AFTERWARDS_MIN))
        self.programs.start(hub)
        self._until(self.hub.ready, READY_WITHIN_S, "the hub to answer /readyz")
        self.screen.say(f"the hub is ready: {self.site.url}/docs")
        self._until(self._cameras_run, READY_WITHIN_S, "the cameras' first pictures")
        self.programs.start(simulator)
        self._until((self.site.folder / "wb").exists, READY_WITHIN_S, "the simulator's port")
        self.programs.start(agent)
        self._may_end = frozenset(other.name for other in others)
        for other in others:
            self.programs.start(other)
        self._until(lambda: bool(self.truth.new()), READY_WITHIN_S, "the gateway to open the port")
        self.screen.say("the gateway reads the weighbridge")
        self.progress.length_s = _number(self.truth.lines[0].get("length_s"))
        self._play(Mishaps(self.screen, hub=hub, agent=agent))
        self._tidy()
        if not self.site.attendance_score.exists():
            self.screen.say("the trucks have ended; the district day of the badges goes on")
        self._until(self._day_over, DAY_WITHIN_S, "the district day of the badges")
        self.screen.say("the scenario has ended; waiting until the hub has everything")
        card = self._drained()
        self.screen.say("dispatcher, worker and inspector see to the open orders")
        with Staff(self.site.url, self.site.staff, LOOKED_AT | CODES) as staff:
            handled = staff.handle()
        card = replace(
            card,
            handling=handled.as_json(),
            complaints=(*card.complaints, *handled.complaints()),
            eyes=self._eye_score(),
        )
        produced, kept = self.gateway.produced(), self.gateway.kept()
        self.screen.say(
            f"the gateway made {produced} events and keeps {kept}: what is in a verified backup of the"
            " hub is gone from it"
        )
        return card

    def card(self) -> Scorecard:
        """Compares what is known now."""
        for one in (self.truth, self.air, self.terminals, *self.seen):
            one.new()
        return score(
            seed=self.seed,
            truth=whole_truth(self.truth.lines, self.air.lines, self.terminals.lines),
            told=acknowledged(self.terminals.lines),
            kept=self.gateway.positions(),
            tickets=self.hub.tickets(),
            problems=self.hub.problems(),
            orders=self.hub.orders(),
            events=self._counts(),
            attendance=day_score(self.site.attendance_score),
            eyes=self._eye_score(),
        )

    def _eye_score(self) -> Mapping[str, Any] | None:
        """Problems are asked for before orders: one that comes in between has an order already."""
        if self.site.eyes is None:
            return None
        street, point = self.seen
        problems = self.hub.eye_problems()
        return eye_score(
            street=street.lines,
            point=point.lines,
            problems=problems,
            orders=self.hub.eye_orders(),
            deposits=self.hub.deposits(),
            watch=self.site.eyes.watch,
        )

    def _cameras_run(self) -> bool:
        for one in self.seen:
            one.new()
        return all(len(one.lines) > 1 for one in self.seen)

    def _tidy(self) -> None:
        """Everything before the cameras is put in order, as the orders ask; the gateway looks whether it
        is so."""
        if self.site.eyes is None:
            return
        self.screen.say("a crew puts the street and the bins in order; the cameras will see")
        for camera in sorted(CAMERAS):
            answer = httpx.post(
                self.site.eyes.tidy_url(camera), timeout=TIDY_WITHIN_S, trust_env=False
            )
            answer.raise_for_status()

    def _play(self, mishaps: Mishaps) -> None:
        """Until every simulator has told its end."""
        begun = time.monotonic()
        while not all(one.ended for one in (self.truth, self.air, self.terminals)):
            for file in self.seen:
                for line in file.new():
                    self._tell_seen(line)
            for line in (*self.truth.new(), *self.air.new(), *self.terminals.new()):
                self._tell(line)
                mishaps.saw(line, time.monotonic())
            mishaps.due(time.monotonic())
            self.progress.elapsed_s = time.monotonic() - begun
            self._look(may_be_down=mishaps.down)
            time.sleep(LOOK_EVERY_S)
        mishaps.finish()

    def _look(self, may_be_down: frozenset[str] = frozenset()) -> None:
        self.programs.require_running(except_for=may_be_down | self._may_end)
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
            eyes = [one for one in self.hub.eye_problems() if one.phase == "opened"]
            self.progress.hub = "ready"
        except Unavailable:
            self.progress.hub = "down"
            return
        news = {f"ticket {one.ticket_no}": f"{one.vehicle}, {one.weight_kg} kg" for one in tickets}
        news |= {f"problem {one.problem_id}": f"{one.kind} opened" for one in problems}
        news |= {
            f"problem {one.problem_id}": f"{LABELS.get(one.code, one.code)} seen" for one in eyes
        }
        news |= {f"work order {one.number}": one.kind for one in orders}
        for thing, what in news.items():
            if thing not in self._told:
                self._told.add(thing)
                self.screen.say(f"{thing}: {what}")
        self.progress.tickets = len(tickets)
        self.progress.problems = len(problems) + len(eyes)
        self.progress.orders = len(orders)

    def _tell_seen(self, line: TruthLine) -> None:
        match line["kind"]:
            case "begun":
                self.screen.say(f"before a camera: {line['label']}")
            case "deposit":
                where = line["stream"] or "the ground"
                self.screen.say(f"a bag of {line['waste']} waste goes to {where}")
            case "prompt":
                self.screen.say("the loudspeaker is heard")

    def _tell(self, line: TruthLine) -> None:
        if line["kind"] == "truck":
            self.progress.on_deck = str(line["vehicle"])
            self.screen.say(f"on the deck: {line['vehicle']} ({line['direction']})")
            return
        if "vehicle" in line:  # what is told of a vehicle after that, is told when it has left
            self.progress.on_deck = "bare"
        if line["kind"] not in QUIET:
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

    def _day_over(self) -> bool:
        over = self._day.exit_status()
        if over:
            raise DemoFailed(f"the district day ended with status {over}\n{self._day.log_tail()}")
        return over == 0

    def _until(self, happened: Callable[[], bool], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not happened():
            self.programs.require_running(except_for=self._may_end)
            if time.monotonic() > until:
                tails = "\n".join(self.programs.log_tails())
                raise DemoFailed(f"waited {seconds:.0f} s for {what}, in vain\n{tails}")
            self.screen.show(self.progress)
            time.sleep(LOOK_EVERY_S)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
