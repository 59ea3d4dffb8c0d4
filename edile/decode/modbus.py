"""`edile decode modbus`: what was said on a Modbus RTU line, by a register map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from edge_agent.config.devices.modbus_bus import load_map, preset_names
from edge_agent.errors import StopError
from edile.decode.source import STDIN, FileArgument, HexOption, Object, print_decoded, stop
from firmware_bridges.frames import BadFrame, Frame
from firmware_bridges.modbus_maps import BadValue, Block, RegisterMap, WordOrder, blocks, read_point
from firmware_bridges.modbus_rtu import (
    ExceptionAnswer,
    OtherFrame,
    ReadAnswer,
    ReadRequest,
    parse,
    rtu_framer,
    seems_whole,
)

EPILOG = (
    "Example: printf '\\001\\003\\002\\002\\030\\271\\056'"
    " | edile decode modbus --map sonbest-sm7901"
)


def modbus(
    map_: Annotated[
        str,
        typer.Option("--map", metavar="NAME", help="A map that comes with Edile, or a TOML file."),
    ],
    file: FileArgument = STDIN,
    hexadecimal: HexOption = False,
    word_order: Annotated[
        str | None, typer.Option(help="ABCD, CDAB, BADC or DCBA, instead of the map's.")
    ] = None,
) -> None:
    """What was said on a Modbus RTU line: requests and answers, or answers alone.

    A register that holds a value is a reading. Refused with the reason are: checksum, truncated,
    exception (the device said no), sentinel, out-of-range and not-a-number (a register without a
    value), length (an answer that does not fit its request) and not-in-map (registers that the map
    does not name, or an answer without a request that several requests could have had).
    """
    found = _map(map_)
    if word_order is not None and word_order not in get_args(WordOrder):
        stop(f"--word-order: expected {', '.join(get_args(WordOrder))}, found {word_order!r}")
    order = found.word_order if word_order is None else cast("WordOrder", word_order)
    print_decoded(file, lambda: LineDecoding(found, order), hexadecimal=hexadecimal)


def _map(name: str) -> RegisterMap:
    known = preset_names()
    if name not in known and not Path(name).exists():
        stop(f"--map: no file {name} and no map of that name; known: {', '.join(known)}")
    try:
        return load_map(name if name in known else Path(name))
    except StopError as error:
        stop(str(error))


class LineDecoding:
    """A tapped line: each answer is read by the request before it, if there was one."""

    def __init__(self, map_: RegisterMap, order: WordOrder) -> None:
        self._map, self._order = map_, order
        self._framer = rtu_framer()
        self._asked: ReadRequest | None = None

    def feed(self, data: bytes) -> list[Object]:
        return self._objects(self._framer.feed(data))

    def flush(self) -> list[Object]:
        return self._objects(self._framer.flush())

    def _objects(self, found: list[Frame | BadFrame]) -> list[Object]:
        objects: list[Object] = []
        for one in found:
            if isinstance(one, BadFrame):
                whole = one.reason == "truncated" and seems_whole(one.raw)
                objects.append(_refused("checksum" if whole else one.reason, one.raw))
            else:
                objects += self._frame(one.raw)
        return objects

    def _frame(self, raw: bytes) -> list[Object]:
        message = parse(raw)
        asked = self._asked
        if isinstance(message, ReadRequest):
            self._asked = message
            return []
        self._asked = None
        if isinstance(message, OtherFrame):
            return []
        if isinstance(message, ExceptionAnswer):
            return [_refused("exception", raw, detail=message.words)]
        if asked and (asked.address, asked.function) == (message.address, message.function):
            if asked.count != len(message.registers):
                return [_refused("length", raw)]
            return self._readings(message, asked.first, raw)
        first = self._likely_first(message)
        return (
            [_refused("not-in-map", raw)] if first is None else self._readings(message, first, raw)
        )

    def _likely_first(self, answer: ReadAnswer) -> int | None:
        """Of an answer alone: where the one request of this map begins that has so many registers."""
        fitting = [
            block.address
            for block in blocks(self._map)
            if (block.function, block.count) == (answer.function, len(answer.registers))
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _readings(self, answer: ReadAnswer, first: int, raw: bytes) -> list[Object]:
        heard = Block(3, first, len(answer.registers), ())
        objects: list[Object] = []
        for point in self._map.points:
            at = self._map.wire_address(point)
            registers = heard.of(point, at, answer.registers)
            if point.function != answer.function or at < first or len(registers) != point.size:
                continue
            value = read_point(point, registers, self._order)
            if isinstance(value, BadValue):
                told = {"quantity": point.quantity, "detail": value.detail}
                objects.append(_refused(value.reason, value.raw, **told))
            else:
                objects.append(
                    {
                        "kind": "reading",
                        "quantity": point.quantity,
                        "value": float(value.value),
                        "unit": point.unit,
                        "raw": value.raw.hex(),
                    }
                )
        return objects or [_refused("not-in-map", raw)]


def _refused(reason: str, raw: bytes, **more: str) -> Object:
    return {"kind": "refused", "reason": reason, **more, "raw": raw.hex()}
