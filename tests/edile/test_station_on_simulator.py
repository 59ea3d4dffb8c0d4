"""The demo's mix against the real station role, without time or processes: bytes as the simulator
sends them, the codec, the rules, and the scorecard over what came out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from contract.envelope import Moment
from contract.keys import PrivateKey
from contract.payloads.weigh import Vehicle, WeighAnomaly, WeighTicket
from edge_agent.app.hosting import kinds
from edge_agent.config.gateway import GatewayConfig, load_gateway
from edge_agent.readings import LineStatus, Reading, Tick, VehicleReading, WeightReading
from edge_agent.roles.table import NOTHING, ROLES
from edile.demo.hub_view import problem_of, ticket_of
from edile.demo.site import READER, WEIGHBRIDGE, Site, gateway_file
from edile.scorecard import EventCounts, OrderSeen, Scorecard, TruthLine, score
from firmware_bridges.card_reader import CardRead, CardReaderDecoder
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Decoder, DialectSpec, IndicatorWeight
from simulators.card_reader import cards_between
from simulators.named_scenarios import NAMED, named_scenario
from simulators.scenario import Scenario
from simulators.truth import Witness, header
from simulators.uart import misread
from simulators.weighbridge.indicator import Conversion, Weighbridge, passes_as_weight

DIALECT = DIALECTS["yaohua-tf0"]
RATE_HZ = 10


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> GatewayConfig:
    folder = tmp_path_factory.mktemp("station")
    key = PrivateKey.generate("EdDSA")
    (folder / "box.key").write_bytes(key.to_pem())
    (folder / "box.key").chmod(0o600)
    (folder / "hub-command.pub").write_text(key.public.to_pem())
    file = folder / "gw.toml"
    file.write_text(gateway_file(Site(folder, 9, 9, "", None)), encoding="utf-8")
    return load_gateway(file, kinds())


class Line:
    """The driver's counting, without its loop."""

    def __init__(self, dialect: DialectSpec) -> None:
        self.dialect = dialect
        self.decoder: Decoder = dialect.decoder(dialect.settings(unit="kg"))
        self.bytes = self.readings = self.refused = 0

    def read(self, conversion: Conversion, moment: Moment) -> Iterator[Reading]:
        if not conversion.plugged:
            self.__init__(self.dialect)  # type: ignore[misc]  # a driver that reconnects begins to count again
            return
        data = misread(conversion.sent, conversion.baud, 9600)
        self.bytes += len(data)
        for answer in self.decoder.feed(data):
            if not isinstance(answer, IndicatorWeight):
                self.refused += 1
                continue
            self.readings += 1
            yield WeightReading(
                WEIGHBRIDGE,
                moment,
                answer.weight,
                answer.stable,
                answer.net,
                answer.overload,
                answer.underload,
                answer.raw,
            )
        if round(conversion.t * RATE_HZ) % RATE_HZ == 0:
            counts = (self.bytes, self.readings + self.refused, self.readings, self.refused)
            yield LineStatus(WEIGHBRIDGE, moment, *counts)


def readings(
    scenario: Scenario, seed: int, truth: list[TruthLine], dialect: DialectSpec
) -> Iterator[Reading]:
    passes = passes_as_weight(dialect)
    bridge = Weighbridge(scenario, seed, dialect.encode, passes=passes)
    line, cards = Line(dialect), CardReaderDecoder()
    witness = Witness(scenario)
    while bridge.next_t <= scenario.length_s:
        conversion = bridge.convert()
        t = conversion.t
        moment = Moment("boot", round(t * 1e9), round((1.79e9 + t) * 1e9), "ntp")
        truth.extend(witness.see(t, conversion.shown))
        yield from line.read(conversion, moment)
        for frame in cards_between(scenario, t, bridge.next_t):
            for card in cards.feed(frame):
                assert isinstance(card, CardRead)
                yield VehicleReading(READER, moment, Vehicle(plate=card.tag, source="rfid"))
        yield Tick(moment)


def carded(
    config: GatewayConfig,
    scenario: Scenario,
    seed: int,
    *,
    forgets: bool,
    dialect: DialectSpec = DIALECT,
) -> Scorecard:
    """`forgets`: with a truck on the deck, the role is thrown away again and again and restored from
    what it last kept, as by a kill."""
    devices = {device.id: device for device in config.devices}
    settings = config.roles["station"]
    role = ROLES["station"].build(settings, devices, NOTHING)
    truth: list[TruthLine] = [header(scenario, seed, "yaohua-tf0")]
    payloads, kept = list[WeighTicket | WeighAnomaly](), b""
    for count, reading in enumerate(readings(scenario, seed, truth, dialect)):
        step = role.step(reading)
        payloads += [c.payload for c in step.conclusions]  # type: ignore[misc]
        kept = step.state if step.state is not None else kept
        if forgets and kept and truth[-1]["kind"] == "truck" and count % 37 == 0:
            role = ROLES["station"].build(settings, devices, NOTHING)
            role.restore(kept)
    wire = [(payload, msgspec.to_builtins(payload)) for payload in payloads]
    problems = [problem_of(data) for one, data in wire if isinstance(one, WeighAnomaly)]
    order_key = truth[0]["order_key"]
    assert isinstance(order_key, dict)
    orders = {
        (p.kind, p.problem_id if order_key[p.kind] == "problem" else ""): OrderSeen("", p.kind, "")
        for p in problems
    }
    return score(
        seed=seed,
        truth=[line for line in truth if line["kind"] != "unplugged"],  # the supervisor's to tell
        tickets=[ticket_of(data) for one, data in wire if isinstance(one, WeighTicket)],
        problems=problems,
        orders=list(orders.values()),
        events=EventCounts(len(payloads), len(payloads), 0),
    )


@pytest.mark.parametrize("seed", range(12))
def test_every_seed_of_the_demo_is_clean(config: GatewayConfig, seed: int) -> None:
    card = carded(config, named_scenario("demo", seed, 3), seed, forgets=False)
    assert card.complaints == ()
    assert card.tickets.found >= 9
    assert card.incidents.found >= 8


@pytest.mark.parametrize("name", [name for name, spec in DIALECTS.items() if not spec.poll])
def test_the_demo_is_clean_in_every_dialect_that_sends_by_itself(
    config: GatewayConfig, name: str
) -> None:
    """With the indicator's own motion flag where it has one."""
    scenario = named_scenario("demo", 5, 3)
    card = carded(config, scenario, 5, forgets=False, dialect=DIALECTS[name])
    assert card.complaints == ()
    assert card.tickets.found >= 9


@pytest.mark.parametrize("seed", range(4))
def test_it_stays_clean_when_the_gateway_restarts_again_and_again_in_mid_weighing(
    config: GatewayConfig, seed: int
) -> None:
    card = carded(config, named_scenario("demo", seed, 3), seed, forgets=True)
    assert card.complaints == ()


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"demo", "untared-tip"}))
def test_every_named_scenario_is_clean(config: GatewayConfig, name: str) -> None:
    card = carded(config, named_scenario(name, 5), 5, forgets=False)
    assert card.complaints == ()
