"""The sweep on a real pty. The simulated wire garbles what is read at another speed than it was sent,
as a UART does; listening plays the simulator forward, so nothing waits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import serial

from edge_agent.errors import DeviceUnreachable
from edile.probe.judging import Verdict, judge
from edile.probe.recognising import Candidate, Hearing
from edile.probe.sweeping import BAUDS, Sweep
from firmware_bridges.weighbridge import DIALECTS
from simulators.pty_line import PtyLine
from simulators.scenario import build_scenario
from simulators.uart import misread
from simulators.weighbridge.asked import asked
from simulators.weighbridge.indicator import Weighbridge

CONTINUOUS = [name for name, spec in DIALECTS.items() if spec.poll is None]
POLLED = [name for name, spec in DIALECTS.items() if spec.poll]
TRUCK = {"t": 0.2, "kind": "truck", "id": "T", "mass_kg": 18_460, "stay_s": 500, "plate": "A1"}


class Site:
    """An indicator on the far end of a pty; `sent` is all that it was ever sent."""

    def __init__(self, folder: Path, dialect: str, **indicator: object) -> None:
        self.path = folder / "wb"
        rows = [(1, {"kind": "indicator", **indicator}), (2, TRUCK)]
        scenario = build_scenario("probe", rows, "probe")
        spec = DIALECTS[dialect]
        self.bridge = Weighbridge(scenario, 1, spec.encode, asked=asked(dialect, spec))
        self.line = PtyLine(self.path, scenario.indicator.baud)
        self.sent = b""
        self.settings: list[tuple[int, str]] = []

    def hear(self, port: serial.Serial, seconds: float) -> bytes:
        """`seconds` of the simulator, read as they come."""
        self.settings.append((port.baudrate, port.parity))
        heard = b""
        for _ in range(round(seconds * 10)):
            question = self.line.heard()
            self.sent += question
            conversion = self.bridge.convert(question, self.line.speed())
            gone = self.line.send(misread(conversion.sent, conversion.baud, self.line.speed()))
            heard += port.read(gone)
        return heard

    def probed(self, *, ask: bool = False, seconds: float = 2.0) -> Verdict:
        told: list[tuple[int, int]] = []

        def tell(hearing: Hearing, found: Sequence[Candidate]) -> None:
            told.append((hearing.baud, len(found)))

        with self.line:
            sweep = Sweep(str(self.path), seconds, DIALECTS, self.hear, tell, ask=ask)
            hearings = sweep.listen()
        assert [baud for baud, _ in told] == [one.baud for one in hearings]
        return judge(hearings, DIALECTS)


@pytest.mark.parametrize("dialect", CONTINUOUS)
def test_every_dialect_that_sends_by_itself_is_found_without_sending_a_byte(
    tmp_path: Path, dialect: str
) -> None:
    site = Site(tmp_path, dialect)
    one = site.probed()
    assert one.best is not None
    # Where bytes can be read in two ways, it is left open, and the right way is among them.
    assert dialect in {c.dialect for c in one.open_between or (one.best,)}
    assert (one.best.hearing.baud, one.best.framing) == (9600, "8N1")
    assert site.sent == b""
    assert len(site.settings) == 1  # the usual speed, and convincing at once


@pytest.mark.parametrize("baud", [600, 1200, 2400, 4800])
@pytest.mark.parametrize("dialect", ["yaohua-tf0", "toledo-continuous", "rice-lake-stream"])
def test_the_sweep_finds_the_speed(tmp_path: Path, dialect: str, baud: int) -> None:
    site = Site(tmp_path, dialect, baud=baud)
    best = site.probed().best
    assert best is not None
    assert (best.dialect, best.hearing.baud) == (dialect, baud)
    assert [one for one, _ in site.settings] == list(BAUDS[: BAUDS.index(baud) + 1])
    assert site.sent == b""


@pytest.mark.parametrize("framing", ["7E1", "7O1"])
@pytest.mark.parametrize("dialect", ["vishay-vt220", "toledo-continuous", "yaohua-tf0"])
def test_seven_bits_with_parity_are_found(tmp_path: Path, dialect: str, framing: str) -> None:
    best = Site(tmp_path, dialect, baud=2400, framing=framing).probed().best
    assert best is not None
    assert (best.dialect, best.framing, best.hearing.baud) == (dialect, framing, 2400)
    assert best.settings["data_bits"] == 7


@pytest.mark.parametrize("dialect", POLLED)
def test_one_that_must_be_asked_is_silent_until_it_is_asked(tmp_path: Path, dialect: str) -> None:
    site = Site(tmp_path, dialect)
    silent = site.probed()
    assert (silent.outcome, site.sent) == ("no-bytes", b"")
    again = Site(tmp_path, dialect)
    best = again.probed(ask=True).best
    assert best is not None
    alike = {"keli-xk3118k9", "yaohua-cmd"}  # the same question, and the same answer
    same = alike if dialect in alike else {dialect}
    assert {best.dialect, best.hearing.asked} <= same


def test_asking_sends_the_questions_of_the_table_and_nothing_else(tmp_path: Path) -> None:
    site = Site(tmp_path, POLLED[-1])
    site.probed(ask=True)
    rest = site.sent
    for spec in DIALECTS.values():
        if spec.poll is not None:
            rest = rest.replace(spec.poll(spec.settings()), b"")
    assert site.sent
    assert rest == b""


def test_a_silent_line_is_not_listened_to_at_every_speed(tmp_path: Path) -> None:
    site = Site(tmp_path, POLLED[0])
    assert site.probed().outcome == "no-bytes"
    assert len(site.settings) < len(BAUDS)


def test_an_indicator_without_a_dialect_of_ours_is_heard_and_not_understood(tmp_path: Path) -> None:
    site = Site(tmp_path, "yaohua-tf0")
    encode = site.bridge._encode
    site.bridge._encode = lambda shown: bytes(byte ^ 0x55 for byte in encode(shown))
    one = site.probed(seconds=0.5)
    assert one.outcome == "no-frames"
    assert len(site.settings) >= len(BAUDS)


def test_a_port_that_goes_away_in_the_middle_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path, "yaohua-tf0")

    def gone(port: serial.Serial, seconds: float) -> bytes:
        site.line.unplug()
        return bytes(port.read(1))

    with site.line, pytest.raises(DeviceUnreachable, match=str(site.path)):
        Sweep(str(site.path), 1, DIALECTS, gone, lambda *_: None).listen()


@pytest.mark.parametrize("path", ["/dev/no-such-port", "/dev/null", "/"])
def test_a_port_that_is_none_is_told(path: str) -> None:
    with pytest.raises(DeviceUnreachable, match=path):
        Sweep(path, 1, DIALECTS, Site.hear, lambda *_: None).listen()  # type: ignore[arg-type]
