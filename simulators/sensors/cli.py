"""`edile sim sensors`."""

from __future__ import annotations

import contextlib
import json
import socket
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from firmware_bridges.modbus_maps import RegisterMap, parse
from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.pty_line import LinkRefused, PtyLine
from simulators.sensors.incidents import Incident, incidents
from simulators.sensors.playback import Stage, close_peers, header, play
from simulators.sensors.slave import SensorBus, SensorSlave
from simulators.stopping import StopSignals

PRESETS = "firmware_bridges.modbus_maps.presets"


def sensors(
    *,
    map_: Annotated[
        list[str],
        typer.Option("--map", metavar="NAME[@ADDRESS]", help="A map's name or file; repeatable."),
    ],
    link: Annotated[
        Path | None, typer.Option(help="Where to hang the bus's port (a symbolic link).")
    ] = None,
    tcp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Also as RTU over TCP; port 0 = any.")
    ] = None,
    seed: SeedOption = 1,
    truth: TruthOption = None,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="Times real time.")] = 1.0,
    minutes: MinutesOption = 3.0,
    stay: Annotated[
        bool, typer.Option("--stay", help="Go on with calm air afterwards, until stopped.")
    ] = False,
    calm: Annotated[bool, typer.Option("--calm", help="Nothing goes wrong.")] = False,
) -> None:
    """Play Modbus sensors on a pty (and over TCP): drifts, peaks, sentinels, silence, wrong CRCs.

    Example: edile sim sensors --map renke-pm --map sonbest-sm7901@3 --link /tmp/rs485 --seed 7

    Then ask address 1, 3, ... at /tmp/rs485 as you would on the real bus.
    """
    if link is None and tcp is None:
        refuse("--link or --tcp: somebody must be able to ask")
    slaves = _slaves(map_)
    length_s = minutes * 60
    plan: tuple[Incident, ...] = ()
    if not calm:
        named = [(one.name, [point.quantity for point in one.map.points]) for one in slaves]
        plan = incidents(seed, length_s, named)
    try:
        with contextlib.ExitStack() as stack:
            stage = Stage(
                pty=stack.enter_context(PtyLine(link, slaves[0].map.baud)) if link else None,
                server=stack.enter_context(_listening(tcp)) if tcp else None,
                truth=stack.enter_context(open_truth(truth)) if truth else None,
                stop=stack.enter_context(StopSignals()),
            )
            stack.callback(close_peers, stage)
            if stage.truth is not None:
                stage.truth.write(_json(header(slaves, plan, seed, length_s)))
            print(
                f"playing {_listed(slaves)} for {length_s / speed:.0f} s at {_where(stage, link)}",
                flush=True,
            )
            ended = play(SensorBus(slaves, plan, seed), plan, stage, length_s, speed, stay=stay)
    except LinkRefused as error:
        refuse(str(error))
    print("the scenario has ended" if ended else "stopped", flush=True)


def _slaves(names: list[str]) -> list[SensorSlave]:
    slaves: list[SensorSlave] = []
    for text in names:
        name, at, number = text.partition("@")
        map_ = _map(name)
        taken = {one.address for one in slaves}
        address = map_.address
        if at:
            if not number.isdigit() or not 1 <= int(number) <= 247:
                refuse(f"--map {text}: expected an address from 1 to 247, found {number!r}")
            address = int(number)
        elif address in taken:
            address = next(free for free in range(1, 248) if free not in taken)
        if address in taken:
            refuse(f"--map {text}: address {address} is taken")
        slaves.append(SensorSlave(f"air-{len(slaves) + 1}", address, map_))
    return slaves


def _map(name: str) -> RegisterMap:
    known = sorted(one.name[:-5] for one in files(PRESETS).iterdir() if one.name.endswith(".toml"))
    try:
        if name in known:
            return parse(files(PRESETS).joinpath(f"{name}.toml").read_text("utf-8"))
        return parse(Path(name).read_text("utf-8"))
    except FileNotFoundError:
        refuse(f"--map: no file {name} and no map of that name; known: {', '.join(known)}")
    except (OSError, ValueError) as error:
        refuse(f"--map {name}: {error}")


def _listening(text: str) -> socket.socket:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65_535:
        refuse(f"--tcp: expected HOST:PORT, found {text!r}")
    try:
        return socket.create_server((host or "127.0.0.1", int(port)))
    except OSError as error:
        refuse(f"--tcp: {text}: {error.strerror or error}")


def _listed(slaves: list[SensorSlave]) -> str:
    return ", ".join(f"{one.map.about} at address {one.address}" for one in slaves)


def _where(stage: Stage, link: Path | None) -> str:
    places = [str(link)] if link else []
    if stage.server is not None:
        host, port = stage.server.getsockname()[:2]
        places.append(f"tcp:{host}:{port}")
    return " and ".join(places)


def _json(line: dict[str, object]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
