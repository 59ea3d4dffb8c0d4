"""The whole simulator on a real pty: what is read there is what the truth says."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import serial

from firmware_bridges.weighbridge import DIALECTS, IndicatorSettings
from firmware_bridges.weighbridge.indicator import IndicatorWeight
from simulators.named_scenarios import named_scenario
from simulators.pty_line import PtyLine
from simulators.scenario import Scenario, build_scenario
from simulators.truth import header
from simulators.weighbridge.indicator import Weighbridge
from simulators.weighbridge.playback import Stage, hold, play
from tests.fakes.counted_pty import CountedLine

ENCODE = DIALECTS["yaohua-tf0"].encode


class Listener:
    """Reads the ports between two conversions, in place of waiting."""

    def __init__(self, *lines: tuple[CountedLine, serial.Serial]) -> None:
        self.lines = lines
        self.heard = [bytearray() for _ in lines]
        self.now = 0.0

    def wait(self, seconds: float) -> bool:
        self.now += max(0.0, seconds)
        for (line, port), heard in zip(self.lines, self.heard, strict=True):
            heard.extend(port.read(line.sent - len(heard)))
        return False


def open_port(link: Path, baud: int) -> serial.Serial:
    return serial.Serial(str(link), baud, timeout=5)


def played(
    folder: Path, scenario: Scenario, seed: int, baud: int = 9600
) -> tuple[bytes, bytes, list[Mapping[str, str]]]:
    """Bytes of the indicator, bytes of the reader, truth."""
    truth = io.StringIO()
    with (
        CountedLine(folder / "wb", 9600) as line,
        CountedLine(folder / "rd", 9600) as reader,
        open_port(folder / "wb", baud) as wb,
        open_port(folder / "rd", 9600) as rd,
    ):
        listener = Listener((line, wb), (reader, rd))
        stage = Stage(line, reader, truth, listener.wait, lambda: listener.now)
        bridge = Weighbridge(scenario, seed, ENCODE)
        assert play(scenario, bridge, stage, header(scenario, seed, "yaohua-tf0"))
    lines = [json.loads(line) for line in truth.getvalue().splitlines()]
    return bytes(listener.heard[0]), bytes(listener.heard[1]), lines


def weights(heard: bytes) -> list[Decimal]:
    spec = DIALECTS["yaohua-tf0"]
    answers = spec.decoder(IndicatorSettings(capacity=Decimal(60_000))).feed(heard)
    return [answer.weight for answer in answers if isinstance(answer, IndicatorWeight)]


def longest_stands(shown: list[Decimal]) -> list[Decimal]:
    """Weights above 5 t that stood for at least a second (10 frames)."""
    stands, run = list[Decimal](), 0
    for before, now in pairwise(shown):
        run = run + 1 if now == before else 0
        if run == 10 and now > 5_000:
            stands.append(now)
    return stands


def test_the_weights_that_stood_on_the_line_are_those_of_the_truth(tmp_path: Path) -> None:
    heard, _, truth = played(tmp_path, named_scenario("normal", 5), 5)
    true = [Decimal(line["weight_kg"]) for line in truth if line["kind"] == "weighing"]
    assert len(true) == 6
    assert longest_stands(weights(heard)) == true


def test_the_tags_read_are_those_of_the_truth_in_its_order(tmp_path: Path) -> None:
    _, heard, truth = played(tmp_path, named_scenario("normal", 5), 5)
    tags = [frame[1:11].decode() for frame in heard.split(b"\r\n\x03") if frame]
    order = [tag for i, tag in enumerate(tags) if i == 0 or tags[i - 1] != tag]
    true = [line["tag"] for line in truth if line["kind"] == "truck"]
    assert order == [tag for i, tag in enumerate(true) if i == 0 or true[i - 1] != tag]


def test_at_the_wrong_speed_nothing_is_understood(tmp_path: Path) -> None:
    heard, _, _ = played(tmp_path, named_scenario("normal", 5), 5, baud=4800)
    assert len(heard) > 1000
    assert weights(heard) == []


def test_silence_garble_and_wrong_baud_take_readings_away(tmp_path: Path) -> None:
    for kind, more in (("silence", {}), ("garble", {}), ("wrong-baud", {"baud": 1200})):
        rows = [(1, {"t": 2, "kind": kind, "id": "D", "duration_s": 3} | more)]
        heard, _, _ = played(tmp_path, build_scenario(kind, rows, kind), 1)
        assert len(weights(heard)) == 81 - 30


def test_the_truth_begins_with_its_header_and_closes_with_its_end(tmp_path: Path) -> None:
    _, _, truth = played(tmp_path, named_scenario("silence", 5), 5)
    assert truth[0]["kind"] == "truth"
    assert truth[0]["scenario"] == "silence"
    assert [line["kind"] for line in truth].count("end") == 1
    assert truth[-1]["kind"] == "end"


def stopping(after: int, then: Callable[[], None] = lambda: None) -> Callable[[float], bool]:
    calls = iter(range(after))

    def wait(seconds: float) -> bool:
        if next(calls, None) is not None:
            return False
        then()
        return True

    return wait


def test_when_told_to_stop_it_stops_and_says_so(tmp_path: Path) -> None:
    scenario, truth = named_scenario("normal", 1), io.StringIO()
    with PtyLine(tmp_path / "wb", 9600) as line:
        bridge = Weighbridge(scenario, 1, ENCODE)
        assert not play(scenario, bridge, Stage(line, None, truth, stopping(30)), {"kind": "truth"})
    assert bridge.next_t == 3.1
    assert "end" not in [json.loads(row)["kind"] for row in truth.getvalue().splitlines()]


def test_told_to_stay_it_goes_on_with_a_bare_deck_after_the_end(tmp_path: Path) -> None:
    scenario, truth = named_scenario("silence", 1), io.StringIO()
    frames = int(scenario.length_s * 10) + 50
    with PtyLine(tmp_path / "wb", 9600) as line:
        bridge = Weighbridge(scenario, 1, ENCODE)
        stage = Stage(line, None, truth, stopping(frames))
        assert play(scenario, bridge, stage, {"kind": "truth"}, stay=True)
    assert bridge.next_t > scenario.length_s + 4
    assert truth.getvalue().count('"kind": "end"') == 1


def test_held_it_begins_only_when_the_port_is_opened(tmp_path: Path) -> None:
    with PtyLine(tmp_path / "wb", 9600) as line:
        assert hold(Stage(line, None, None, stopping(5)))
        with open_port(tmp_path / "wb", 9600):
            assert not hold(Stage(line, None, None, stopping(5)))


def test_after_a_hold_up_frames_still_come_one_by_one(tmp_path: Path) -> None:
    """A machine that slept for a second must not send ten frames at once."""
    scenario = named_scenario("silence", 1)
    waits, now = list[float](), 0.0

    def wait(seconds: float) -> bool:
        nonlocal now
        waits.append(seconds)
        now += seconds if len(waits) != 20 else 1.0
        return False

    with PtyLine(tmp_path / "wb", 9600) as line:
        stage = Stage(line, None, None, wait, lambda: now)
        play(scenario, Weighbridge(scenario, 1, ENCODE), stage, {})
    assert min(waits[:20]) > 0.09
    assert waits[20] == 0
    assert min(waits[21:]) > 0.09
