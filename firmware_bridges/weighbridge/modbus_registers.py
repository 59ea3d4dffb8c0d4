"""A weigh transmitter's answers over Modbus, as an indicator's frames: for drivers and for replays.

A "frame" is one whole RTU answer to the map's one request, CRC and all, so that an alibi record can be
judged again byte by byte. The map travels in the settings as its own text: a record must not depend on
a file that somebody edits later.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_bridges.modbus_maps import ScaleMap, WordOrder, parse_scale
from firmware_bridges.modbus_rtu import ReadAnswer, is_whole, parse, read_answer
from firmware_bridges.weighbridge.indicator import (
    Answer,
    DialectSpec,
    IndicatorSettings,
    IndicatorWeight,
    Refused,
    Shown,
)

NAME = "modbus-registers"


@dataclass(frozen=True, slots=True)
class ModbusScaleSettings(IndicatorSettings):
    """`map` is the TOML text of a ScaleMap."""

    map: str = field(default="", metadata={"doc": "the transmitter's register map, TOML"})
    word_order: WordOrder = field(
        default="ABCD", metadata={"doc": "bytes of a 32-bit number, ABCD = high word first"}
    )


class ModbusScaleDecoder:
    """Fed with one answer at a time, as the bus delivers them. ValueError for a map that is none."""

    def __init__(self, settings: IndicatorSettings) -> None:
        map_text = getattr(settings, "map", "")
        self._map, self._settings = parse_scale(map_text), settings
        self._order: WordOrder = getattr(settings, "word_order", "ABCD")

    def feed(self, data: bytes) -> list[Answer]:
        return [weight_of(data, self._map, self._settings, self._order)] if data else []

    def flush(self) -> list[Answer]:
        return []


def weight_of(raw: bytes, map_: ScaleMap, settings: IndicatorSettings, order: WordOrder) -> Answer:
    """One RTU answer to the map's request."""
    if not is_whole(raw):
        return Refused("checksum", raw)
    message = parse(raw)
    if not isinstance(message, ReadAnswer) or len(message.registers) != map_.request[1]:
        return Refused("length", raw)
    number, bits, flags = (
        map_.number(message.registers, order),
        map_.bits,
        map_.flags(message.registers),
    )
    good = _flag(flags, bits.good)
    if number.number is None or good is False:
        return Refused("not-numeric", raw)
    decimals = map_.decimals if settings.decimals is None else settings.decimals
    weight = number.number if map_.kind == "f32" else number.number.scaleb(-decimals)
    if _flag(flags, bits.negative):
        weight = -weight
    if settings.is_nonsense(weight):
        return Refused("above-capacity", raw)
    moving = _flag(flags, bits.motion)
    return IndicatorWeight(
        weight=weight,
        unit=settings.unit,
        stable=_flag(flags, bits.stable) if moving is None else not moving,
        net=False if map_.holds == "gross" else _flag(flags, bits.net),
        overload=bool(_flag(flags, bits.over)),
        underload=bool(_flag(flags, bits.under)),
        raw=raw,
    )


def registers_shown(map_: ScaleMap, shown: Shown, order: WordOrder) -> tuple[int, ...]:
    """What the transmitter's registers hold, for simulators, from the map's first register on."""
    return map_.hold(
        shown.weight.scaleb(0 if map_.kind == "f32" else map_.decimals),
        order,
        stable=shown.stable,
        net=shown.net,
        over=shown.overload,
        under=shown.underload,
    )


def encode(shown: Shown, map_: ScaleMap, address: int, order: WordOrder) -> bytes:
    """The whole answer, for simulators. ValueError when the registers cannot hold the weight."""
    return read_answer(address, map_.function, registers_shown(map_, shown, order))


def _flag(flags: int, bit: int | None) -> bool | None:
    return None if bit is None else bool(flags >> bit & 1)


def _no_encoder(_: Shown) -> bytes:
    raise ValueError(f"{NAME}: the answer depends on a map; use encode with one")


SPEC = DialectSpec(
    about="Weigh transmitters over Modbus, by a register map",
    settings=ModbusScaleSettings,
    decoder=ModbusScaleDecoder,
    encode=_no_encoder,
    verified="manuals' register tables; no captured answer",
)
