"""`edile sim gnss`."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TextIO

import typer

from simulators.answering_line import tell
from simulators.gnss.receiver import Receiver, Sky
from simulators.gnss.route import Route, RouteRefused, read_route
from simulators.options import SeedOption, TruthOption, open_truth, refuse
from simulators.pty_line import LinkRefused, PtyLine
from simulators.stopping import StopSignals

ROUND = ((113.3000, 23.1000), (113.3040, 23.1000), (113.3040, 23.1020), (113.3000, 23.1020))
"""About 1.3 km around some blocks of Baiyun."""
BAUDS = (4800, 9600, 38_400, 115_200)
Send = Callable[[bytes], object]


def gnss(
    *,
    link: Annotated[
        Path | None, typer.Option(help="Where to hang the receiver's port (a symbolic link).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Or a TCP port of this machine; 0 = any.")
    ] = None,
    route: Annotated[
        Path | None,
        typer.Option(
            help="Lines lon,lat, or GeoJSON with a LineString; default: round some blocks."
        ),
    ] = None,
    around: Annotated[
        bool, typer.Option("--around/--once", help="From its end to its begin, for ever.")
    ] = True,
    kmh: Annotated[float, typer.Option(min=1, max=120)] = 25.0,
    rate: Annotated[float, typer.Option(min=0.1, max=10, help="Positions a second.")] = 1.0,
    error_m: Annotated[float, typer.Option(min=0, max=100)] = 1.5,
    tunnel: Annotated[
        list[str] | None, typer.Option(help="FROM-TO seconds of each round without a fix.")
    ] = None,
    damaged: Annotated[float, typer.Option(min=0, max=1, help="Share of spoilt sentences.")] = 0.0,
    minutes: Annotated[float, typer.Option(min=0.01, max=24 * 60)] = 60.0,
    baud: Annotated[int, typer.Option(help=f"One of {', '.join(map(str, BAUDS))}.")] = 9600,
    seed: SeedOption = 1,
    truth: TruthOption = None,
) -> None:
    """Play a satellite receiver on a car: NMEA 0183, GGA, GSV and RMC for each position.

    Example: edile sim gnss --link /tmp/gnss --kmh 30 --tunnel 60-75 --truth drive.jsonl
    """
    if (link is None) == (port is None):
        refuse("one of --link and --port")
    if baud not in BAUDS:
        refuse(f"--baud: one of {', '.join(map(str, BAUDS))}")
    try:
        points = read_route(route) if route else list(ROUND)
        way = Route(points, kmh / 3.6, around=around)
    except RouteRefused as error:
        refuse(f"--route: {error}")
    sky = Sky(error_m, [_span(text) for text in tunnel or ()], damaged)
    receiver = Receiver(way, sky, seed, time.time())
    try:
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopSignals())
            written = stack.enter_context(open_truth(truth)) if truth else None
            head = {"t": 0, "kind": "truth", "id": "header", "seed": seed, "kmh": kmh}
            tell(written, {**head, "expects_event": [], "expects_order": []})
            send, where = _line(stack, link, baud) if link else _port(stack, port or 0)
            print(f"driving {way.length_s:.0f} s a round at {where}", flush=True)
            ended = drive(receiver, send, written, stop.wait, length_s=minutes * 60, rate=rate)
    except (LinkRefused, OSError) as error:
        refuse(str(error))
    print("the drive has ended" if ended else "stopped", flush=True)


def drive(
    receiver: Receiver,
    send: Send,
    truth: TextIO | None,
    wait: Callable[[float], bool],
    *,
    length_s: float,
    rate: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> bool:
    """True when it came to its end, False when it was stopped before. It never hurries to catch up."""
    start, number = monotonic(), 0
    while number / rate < length_s:
        t = number / rate
        if wait(start + t - monotonic()):
            return False
        start = max(start, monotonic() - t)
        told = receiver.tell(t)
        send(told.data)
        row = {"t": round(t, 3), "kind": "place", "id": f"fix-{number}", "valid": told.valid}
        tell(truth, {**row, "lon": round(told.lon, 7), "lat": round(told.lat, 7)})
        number += 1
    tell(truth, {"t": length_s, "kind": "end", "id": "end"})
    return True


def _span(text: str) -> tuple[float, float]:
    begin, dash, end = text.partition("-")
    try:
        found = float(begin), float(end)
    except ValueError:
        found = (1.0, 0.0)
    if not dash or not 0 <= found[0] < found[1]:
        refuse(f"--tunnel: FROM-TO in seconds, such as 60-75, found {text!r}")
    return found


def _line(stack: contextlib.ExitStack, link: Path, baud: int) -> tuple[Send, str]:
    return stack.enter_context(PtyLine(link, baud)).send, str(link)


def _port(stack: contextlib.ExitStack, port: int) -> tuple[Send, str]:
    """Whoever is connected hears it; what cannot be written at once is lost, as on a wire."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", port)))
    listener.setblocking(False)
    callers: list[socket.socket] = []

    def hang_up() -> None:
        for one in callers:
            one.close()

    stack.callback(hang_up)

    def send(data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                caller, _ = listener.accept()
                caller.setblocking(False)
                callers.append(caller)
        for one in list(callers):
            try:
                one.send(data)
            except BlockingIOError:
                continue
            except OSError:
                callers.remove(one)
                one.close()

    return send, f"127.0.0.1:{listener.getsockname()[1]}"
