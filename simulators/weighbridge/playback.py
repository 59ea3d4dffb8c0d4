"""Plays a scenario in real time (or faster): frames onto the lines, truth into its file.

The world never hurries to catch up: when this process was held up, the next frames still come at
the indicator's pace, so that a busy machine makes no bursts that a real indicator cannot make.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from simulators.card_reader import cards_between
from simulators.pty_line import PtyLine
from simulators.scenario import Scenario
from simulators.truth import TruthLine, Witness, dump, end_line
from simulators.uart import misread
from simulators.weighbridge.indicator import Conversion, Weighbridge

HOLD_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the play is played. `wait(seconds)` returns True when it shall stop."""

    weighbridge: PtyLine
    reader: PtyLine | None
    truth: TextIO | None
    wait: Callable[[float], bool]
    monotonic: Callable[[], float] = time.monotonic


def play(
    scenario: Scenario,
    weighbridge: Weighbridge,
    stage: Stage,
    head: TruthLine,
    *,
    speed: float = 1.0,
    stay: bool = False,
) -> bool:
    """True when the scenario was played to its end, False when it was stopped before. `stay`: goes on
    afterwards with a bare deck, until it is stopped."""
    witness, ended = Witness(scenario), False
    _tell(stage.truth, head)
    due, heard_until = stage.monotonic(), 0.0
    while stay or weighbridge.next_t <= scenario.length_s:
        if not ended and weighbridge.next_t > scenario.length_s:
            ended = True
            _tell(stage.truth, end_line(scenario))
        begin = weighbridge.next_t
        heard = stage.weighbridge.heard()
        conversion = weighbridge.convert(heard, stage.weighbridge.speed())
        _put_on_line(stage.weighbridge, conversion)
        if stage.reader is not None:
            for frame in cards_between(scenario, heard_until, weighbridge.next_t):
                stage.reader.send(frame)
        heard_until = weighbridge.next_t
        for line in witness.see(conversion.t, conversion.shown):
            _tell(stage.truth, line)
        due = max(due + (weighbridge.next_t - begin) / speed, stage.monotonic())
        if stage.wait(due - stage.monotonic()):
            return ended
    _tell(stage.truth, end_line(scenario))
    return True


def hold(stage: Stage) -> bool:
    """Waits until somebody opens the indicator's port; True when it shall stop instead."""
    while not stage.weighbridge.attended:
        if stage.wait(HOLD_LOOK_S):
            return True
    return False


def _put_on_line(line: PtyLine, conversion: Conversion) -> None:
    if not conversion.plugged:
        line.unplug()
        return
    line.plug()
    line.send(misread(conversion.sent, conversion.baud, line.speed()))


def _tell(truth: TextIO | None, line: TruthLine) -> None:
    """Line by line to disk: a reader follows along, a kill loses nothing."""
    if truth is not None:
        truth.write(dump(line) + "\n")
        truth.flush()
