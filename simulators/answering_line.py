"""The loop of a simulated device on a pty that answers what it hears, and tells what it did."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Protocol, TextIO

from simulators.pty_line import PtyLine
from simulators.stopping import StopSignals

LOOK_S = 0.01
TruthLine = dict[str, object]


class Answering(Protocol):
    """A device. `hear(data, t)` gives the bytes it answers; `news(t)` what became true by now."""

    def hear(self, data: bytes, t: float) -> bytes: ...

    def news(self, t: float) -> Iterable[TruthLine]: ...


def play(
    device: Answering,
    line: PtyLine,
    truth: TextIO | None,
    stop: StopSignals,
    length_s: float | None,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> bool:
    """True when it was played to its end (None: there is none), False when it was stopped before."""
    start = monotonic()
    while length_s is None or monotonic() - start < length_s:
        t = monotonic() - start
        for said in device.news(t):
            tell(truth, {"t": round(t, 3), **said})
        heard = line.heard()
        answer = device.hear(heard, t) if heard else b""
        if answer:
            line.send(answer)
        if stop.wait(0 if heard else LOOK_S):
            return False
    tell(truth, {"t": length_s, "kind": "end", "id": "end"})
    return True


def tell(truth: TextIO | None, row: TruthLine) -> None:
    """Line by line to disk: a reader follows along, a kill loses nothing."""
    if truth is not None:
        truth.write(json.dumps(row, ensure_ascii=False) + "\n")
        truth.flush()
