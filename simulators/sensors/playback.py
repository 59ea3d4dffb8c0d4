"""Plays the sensors of a bus: answers whoever asks, on the pty and over TCP, and writes the truth."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TextIO

from firmware_bridges.checked_frames import CheckedFramer
from simulators.pty_line import PtyLine
from simulators.sensors.incidents import KINDS, Incident
from simulators.sensors.slave import Reply, SensorBus, SensorSlave
from simulators.stopping import StopSignals

LOOK_S = 0.05
READ_BYTES = 4096
MOST_PEERS = 8


@dataclass
class Stage:
    """Where the play is played."""

    pty: PtyLine | None
    server: socket.socket | None
    truth: TextIO | None
    stop: StopSignals
    monotonic: Callable[[], float] = time.monotonic
    peers: dict[socket.socket, CheckedFramer] = field(default_factory=dict)


def header(
    sensors: Sequence[SensorSlave], incidents: Sequence[Incident], seed: int, length_s: float
) -> dict[str, object]:
    return {
        "t": 0,
        "kind": "truth",
        "id": "header",
        "scenario": "sensors",
        "seed": seed,
        "length_s": length_s,
        "sensors": {one.name: {"address": one.address, "about": one.map.about} for one in sensors},
        "incidents": len(incidents),
        "expects_event": ["air-alarm"],
        "expects_order": ["air-alarm"],
        "order_key": {"air-alarm": "object"},
        "faults": [kind for kind in KINDS if kind != "air-alarm"],
    }


def play(
    bus: SensorBus,
    incidents: Sequence[Incident],
    stage: Stage,
    length_s: float,
    speed: float,
    *,
    stay: bool = False,
) -> bool:
    """True when it was played to its end, False when it was stopped before. With `stay` calm air
    follows the end, until it is stopped."""
    start, coming = stage.monotonic(), list(incidents)
    framer = bus.framer()
    with selectors.DefaultSelector() as watch:
        watch.register(stage.stop.fileno(), selectors.EVENT_READ)
        if stage.server is not None:
            watch.register(stage.server, selectors.EVENT_READ)
        ended = False
        while (t := (stage.monotonic() - start) * speed) < length_s or stay:
            if t >= length_s and not ended:
                ended = True
                _tell(stage.truth, {"t": length_s, "kind": "end", "id": "end"})
            while coming and coming[0].t <= t:
                _tell_incident(stage.truth, coming.pop(0))
            ready = _ready(watch, stage)
            if stage.stop.fileno() in ready:
                return ended
            if stage.pty is not None:
                data = stage.pty.heard()
                replies = list(bus.hear(framer, data, t))
                _answer(replies, t, stage, stage.pty.send)
            _serve(bus, watch, stage, ready, t)
    _tell(stage.truth, {"t": length_s, "kind": "end", "id": "end"})
    return True


def _ready(watch: selectors.BaseSelector, stage: Stage) -> set[object]:
    """What may be read. The pty is watched only while somebody has it open: a hung-up one is always
    ready and would spin."""
    pty = stage.pty.fileno() if stage.pty is not None and stage.pty.attended else None
    if pty is not None:
        watch.register(pty, selectors.EVENT_READ)
    try:
        return {key.fileobj for key, _ in watch.select(LOOK_S)}
    finally:
        if pty is not None:
            watch.unregister(pty)


def _serve(
    bus: SensorBus, watch: selectors.BaseSelector, stage: Stage, ready: set[object], t: float
) -> None:
    if stage.server is not None and stage.server in ready:
        peer, _ = stage.server.accept()
        peer.setblocking(False)
        if len(stage.peers) < MOST_PEERS:
            stage.peers[peer] = bus.framer()
            watch.register(peer, selectors.EVENT_READ)
        else:
            peer.close()
    for peer in [one for one in stage.peers if one in ready]:
        try:
            data = peer.recv(READ_BYTES)
            _answer(list(bus.hear(stage.peers[peer], data, t)), t, stage, peer.sendall)
        except OSError:
            data = b""
        if not data:
            watch.unregister(peer)
            del stage.peers[peer]
            peer.close()


def _answer(
    replies: Sequence[Reply], t: float, stage: Stage, send: Callable[[bytes], object]
) -> None:
    """The truth first: who reads both must find it there."""
    for reply in replies:
        _tell_samples(stage.truth, reply, t)
        send(reply.sent)


def _tell_samples(truth: TextIO | None, reply: Reply, t: float) -> None:
    for sample in reply.samples:
        line = {
            "t": round(t, 3),
            "kind": "sample",
            "id": f"{sample.sensor}/{sample.quantity}",
            "value": float(sample.value),
            "unit": sample.unit,
        }
        _tell(truth, line)


def _tell_incident(truth: TextIO | None, one: Incident) -> None:
    what = f"{one.sensor}/{one.quantity}" if one.quantity else one.sensor
    _tell(truth, {"t": one.t, "kind": one.kind, "id": f"{what}.{one.kind}", "until": one.until})


def _tell(truth: TextIO | None, line: dict[str, object]) -> None:
    """Line by line to disk: a reader follows along, a kill loses nothing."""
    if truth is not None:
        truth.write(json.dumps(line, ensure_ascii=False) + "\n")
        truth.flush()


def close_peers(stage: Stage) -> None:
    for peer in stage.peers:
        with suppress(OSError):
            peer.close()
