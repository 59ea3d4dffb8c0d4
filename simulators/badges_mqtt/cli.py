"""`edile sim badges-mqtt`."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Iterable
from typing import Annotated, TextIO

import typer

from contract.broker_url import BrokerUrl, parse_broker_url
from simulators.badges_mqtt.walkers import INCIDENTS, Said, Walker, reports
from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.stopping import StopSignals

PATIENCE_S = 10.0


def badges_mqtt(
    *,
    broker: Annotated[str, typer.Option(help="mqtt:// on this machine, else mqtts://HOST.")] = (
        "mqtt://127.0.0.1:1883"
    ),
    topic: Annotated[str, typer.Option(help="{id} becomes the badge's number.")] = (
        "badges/{id}/position"
    ),
    count: Annotated[int, typer.Option(min=1, max=20_000, help="How many badges.")] = 20,
    every: Annotated[float, typer.Option(min=1, max=3600, help="Seconds between reports.")] = 10.0,
    seed: SeedOption = 1,
    truth: TruthOption = None,
    speed: Annotated[float, typer.Option(min=0.1, max=10_000, help="Times real time.")] = 1.0,
    minutes: MinutesOption = 3.0,
    calm: Annotated[bool, typer.Option("--calm", help="Nothing goes wrong.")] = False,
) -> None:
    """Play sweepers whose badges publish JSON: walks, rests, alarms, weak batteries, bad messages.

    Example: edile sim badges-mqtt --count 50 --seed 7 --truth badges.jsonl
    """
    if "{id}" not in topic:
        refuse("--topic: expected {id} in it, such as badges/{id}/position")
    try:
        url = parse_broker_url(broker)
    except ValueError as error:
        refuse(f"--broker: expected {error}")
    length_s = minutes * 60
    walkers = [Walker(number, seed, length_s, calm=calm) for number in range(1, count + 1)]
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(open_truth(truth)) if truth else None
        stop = stack.enter_context(StopSignals())
        line = stack.enter_context(_line(url))
        _note(written, _header(walkers, seed, length_s))
        print(f"playing {count} badges for {length_s / speed:.0f} s at {url}", flush=True)
        coming = reports(walkers, every, length_s, time.time())
        ended = _play(coming, line, topic, written, stop, speed)
        if ended:
            _note(written, {"t": round(length_s, 3), "kind": "end", "id": "end"})
    print("the scenario has ended" if ended else "stopped", flush=True)


class _Line:
    """Publishes at least once; the library keeps what the broker has not confirmed and tries again."""

    def __init__(self, url: BrokerUrl) -> None:
        try:
            import paho.mqtt.client as mqtt
            from paho.mqtt.enums import CallbackAPIVersion
        except ModuleNotFoundError as error:
            refuse(f"this simulator needs {error.name}: pip install 'edile[sim]'")
        version = mqtt.MQTTv5 if url.version == "5" else mqtt.MQTTv311
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=version)
        if url.username is not None:
            self._client.username_pw_set(url.username, url.password)
        if url.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._last: mqtt.MQTTMessageInfo | None = None
        try:
            self._client.connect(url.host, url.port)
        except OSError as error:
            refuse(f"--broker: {url}: {error.strerror or error}")
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes) -> None:
        self._last = self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        if self._last is not None:
            self._last.wait_for_publish(PATIENCE_S)
        self._client.disconnect()
        self._client.loop_stop()


def _line(url: BrokerUrl) -> contextlib.closing[_Line]:
    return contextlib.closing(_Line(url))


def _play(
    coming: Iterable[Said],
    line: _Line,
    topic: str,
    truth: TextIO | None,
    stop: StopSignals,
    speed: float,
) -> bool:
    start_s = time.monotonic()
    for said in coming:
        left_s = start_s + said.t / speed - time.monotonic()
        if stop.wait(left_s):
            return False
        line.publish(topic.replace("{id}", said.terminal), said.payload)
        _note(truth, said.truth)
    return True


def _header(walkers: list[Walker], seed: int, length_s: float) -> dict[str, object]:
    wrong = [
        {"t": round(t, 3), "kind": kind, "id": one.terminal}
        for one in walkers
        for t, kind in one.incidents
    ]
    return {
        "t": 0,
        "kind": "truth",
        "id": "header",
        "scenario": "badges-mqtt",
        "seed": seed,
        "length_s": length_s,
        "badges": [one.terminal for one in walkers],
        "incidents": wrong,
        "expects_event": [],
        "expects_order": [],
        "order_key": {},
        "faults": list(INCIDENTS),
    }


def _note(truth: TextIO | None, line: object) -> None:
    if truth is not None:
        truth.write(json.dumps(line, ensure_ascii=False) + "\n")
        truth.flush()
