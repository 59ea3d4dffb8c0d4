"""`edile sim transmitter`: a weigh transmitter that answers over Modbus what a weighbridge shows."""

from __future__ import annotations

import contextlib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from firmware_bridges.frames import Frame
from firmware_bridges.modbus_maps import ScaleMap, parse_scale
from firmware_bridges.modbus_rtu import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ReadRequest,
    exception_answer,
    parse,
    read_answer,
    rtu_framer,
)
from firmware_bridges.weighbridge.indicator import Shown
from firmware_bridges.weighbridge.modbus_registers import encode, registers_shown
from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.pty_line import LinkRefused, PtyLine
from simulators.stopping import StopSignals
from simulators.truth import header
from simulators.weighbridge.cli import chosen_scenario
from simulators.weighbridge.indicator import Weighbridge
from simulators.weighbridge.playback import Stage, play

PRESETS = "firmware_bridges.modbus_maps.scale_presets"


class ModbusAsked:
    """The transmitter's registers: reads of what the map names are answered, all else is refused, so
    that nobody zeroes or tares this one."""

    def __init__(self, map_: ScaleMap, address: int) -> None:
        self._map, self._address = map_, address
        self._framer = rtu_framer()

    def answer(self, heard: bytes, shown: Shown) -> list[bytes]:
        frames = [one.raw for one in self._framer.feed(heard) if isinstance(one, Frame)]
        mine = [frame for frame in frames if frame[0] == self._address]
        return [self._reply(frame, shown) for frame in mine]

    def _reply(self, frame: bytes, shown: Shown) -> bytes:
        request, map_ = parse(frame), self._map
        if not isinstance(request, ReadRequest) or request.function != map_.function:
            return exception_answer(self._address, frame[1] & 0x7F, ILLEGAL_FUNCTION)
        at = request.first - map_.request[0]
        held = registers_shown(map_, shown, map_.word_order)
        if at < 0 or request.count < 1 or at + request.count > len(held):
            return exception_answer(self._address, request.function, ILLEGAL_ADDRESS)
        return read_answer(self._address, request.function, held[at : at + request.count])


def transmitter(
    *,
    link: Annotated[Path, typer.Option(help="Where to hang the port (a symbolic link).")],
    map_: Annotated[
        str, typer.Option("--map", metavar="NAME", help="The transmitter's map, or a TOML file.")
    ] = "dini-dgt4x",
    address: Annotated[int | None, typer.Option(min=1, max=247)] = None,
    scenario: Annotated[
        str, typer.Option(help="A name (`edile sim scenarios`) or a file.")
    ] = "normal",
    seed: SeedOption = 1,
    truth: TruthOption = None,
    speed: Annotated[float, typer.Option(min=0.1, max=8, help="Times real time.")] = 1.0,
    minutes: MinutesOption = 3.0,
) -> None:
    """Play a Modbus weigh transmitter on a pty until the scenario ends; Ctrl-C stops early.

    Example: edile sim transmitter --map dini-dgt4x --link /tmp/wb --scenario demo --seed 7
    """
    chosen, known = chosen_scenario(scenario, seed, minutes), _map(map_)
    at, order = known.address if address is None else address, known.word_order

    def sent(shown: Shown) -> bytes:
        return encode(shown, known, at, order)

    bridge = Weighbridge(chosen, seed, sent, asked=ModbusAsked(known, at))
    try:
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopSignals())
            stage = Stage(
                weighbridge=stack.enter_context(PtyLine(link, chosen.indicator.baud)),
                reader=None,
                truth=stack.enter_context(open_truth(truth)) if truth else None,
                wait=stop.wait,
            )
            typer.echo(f"playing {chosen.name} for {chosen.length_s / speed:.0f} s at {link}")
            ended = play(chosen, bridge, stage, header(chosen, seed, map_), speed=speed)
    except LinkRefused as error:
        refuse(str(error))
    typer.echo("the scenario has ended" if ended else "stopped")


def _map(name: str) -> ScaleMap:
    known = sorted(one.name[:-5] for one in files(PRESETS).iterdir() if one.name.endswith(".toml"))
    try:
        if name in known:
            return parse_scale(files(PRESETS).joinpath(f"{name}.toml").read_text("utf-8"))
        return parse_scale(Path(name).read_text("utf-8"))
    except FileNotFoundError:
        refuse(f"--map: no file {name} and no map of that name; known: {', '.join(known)}")
    except (OSError, ValueError) as error:
        refuse(f"--map {name}: {error}")
