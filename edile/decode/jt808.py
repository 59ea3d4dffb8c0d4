"""`edile decode jt808`: what JT/T 808 terminals (and platforms) said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edile.decode.source import STDIN, FileArgument, HexOption, Object, print_decoded, stop
from edile.decode.zones import ZoneOption, zone_seconds
from firmware_bridges.jt808 import (
    Frame,
    Framer,
    Location,
    Message,
    Model,
    ModelError,
    Reassembler,
    Refused,
    parse,
    parse_model,
    with_body,
)
from firmware_bridges.jt808.bodies import Batch, LocationReply, Unknown
from firmware_bridges.jt808.framing import BadFrame
from firmware_bridges.jt808.items import item_value

EPILOG = (
    "Example: echo 7e0200002c00160128561400020000000000040001005de1f7065c6cef"
    "00000000000017011710044201040000a9002a02000030011b3101030c7e | edile decode jt808 --hex"
)


def jt808(
    file: FileArgument = STDIN,
    hexadecimal: HexOption = False,
    model: Annotated[
        Path | None, typer.Option(help="TOML with the terminal model's own items.")
    ] = None,
    zone: ZoneOption = "+08:00",
    unescaped: Annotated[
        bool, typer.Option("--unescaped", help="The escapes (7D 01, 7D 02) are removed already.")
    ] = False,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Decode in spite of a wrong checksum or length.")
    ] = False,
) -> None:
    """What JT/T 808 terminals said, in the 2011, 2013 or 2019 layout, one object a message.

    A message in parts is told part by part, and once more when it is whole. Refused frames give the
    reason: checksum, length, truncated, header, encrypted or body. With --unescaped each line of
    --hex (or the whole file) must be one message, with or without its two 7E.
    """
    rows = _model(model)
    seconds = zone_seconds(zone)
    print_decoded(
        file,
        lambda: _Terminal(rows, seconds, unescaped=unescaped, lenient=lenient),
        hexadecimal=hexadecimal,
    )


def _model(file: Path | None) -> Model | None:
    if file is None:
        return None
    try:
        return parse_model(file.read_text(encoding="utf-8"))
    except OSError as error:
        stop(f"--model: {file}: cannot be read: {error.strerror}")
    except (ModelError, UnicodeDecodeError) as error:
        stop(f"--model: {file}: {error}")


class _Terminal:
    """One capture as JSON objects."""

    def __init__(self, model: Model | None, zone_s: int, *, unescaped: bool, lenient: bool) -> None:
        self._model, self._zone_s = model, zone_s
        self._unescaped, self._lenient = unescaped, lenient
        self._framer, self._reassembler = Framer(), Reassembler()
        self._plain = b""

    def feed(self, data: bytes) -> list[Object]:
        if self._unescaped:
            self._plain += data
            return []
        return [one for frame in self._framer.feed(data) for one in self._objects(frame)]

    def flush(self) -> list[Object]:
        if self._unescaped:
            raw, self._plain = self._plain, b""
            bare = raw[1:-1] if raw[:1] == raw[-1:] == b"\x7e" else raw
            return self._objects(Frame(raw, bare)) if raw else []
        return [one for frame in self._framer.flush() for one in self._objects(frame)]

    def _objects(self, frame: Frame | BadFrame) -> list[Object]:
        found = parse(frame, lenient=self._lenient)
        objects = [self._object(found)]
        if (
            isinstance(found, Message)
            and isinstance(found.body, Unknown)
            and found.header.parts > 1
        ):
            whole = self._reassembler.add(found.header, found.body.data, 0.0)
            if whole is not None:
                joined = with_body(whole.header._replace(parts=1), whole.body, b"")
                objects.append({**self._object(joined), "whole": True})
        return objects

    def _object(self, found: Message | Refused) -> Object:
        if isinstance(found, Refused):
            about: Object = {"kind": "refused", "reason": found.reason}
            if found.header is not None:
                about |= {"id": f"0x{found.header.id:04X}"}
                about |= {"terminal": found.header.terminal_as_sent}
            return {**about, "raw": found.raw.hex()}
        header = found.header
        return {
            "kind": "message",
            "id": f"0x{header.id:04X}",
            "name": found.name,
            "terminal": header.terminal_as_sent,
            "version": getattr(found.body, "layout", header.version),
            "serial": header.serial,
            "positions": [self._position(one) for one in _locations(found)],
            "fields": _fields(found),
            **({"lenient": list(found.lenient)} if found.lenient else {}),
        }

    def _position(self, where: Location | None) -> Object:
        if where is None:
            return {"kind": "refused", "reason": "body"}
        at = where.utc_s(self._zone_s)
        named = self._model.values(where.items) if self._model else {}
        return {
            "lat": where.lat,
            "lon": where.lon,
            "altitude_m": where.altitude_m,
            "speed_kmh": where.speed_kmh,
            "course_deg": where.course_deg,
            "time": None if at is None else _rfc3339(at),
            "fix": where.fix,
            "alarm_bits": where.alarms,
            "status_bits": where.states,
            "load": where.load,
            "items": _items(where),
            **({"values": named} if self._model else {}),
            **({"rest": where.rest.hex()} if where.rest else {}),
        }


def _items(where: Location) -> Object:
    """By id; one that comes more than once is a list."""
    told: Object = {}
    for number, data in where.items:
        key, value = f"0x{number:02X}", item_value(number, data)
        if key not in told:
            told[key] = value
            continue
        earlier = told[key]
        told[key] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
    return told


def _locations(message: Message) -> list[Location | None]:
    body = message.body
    if isinstance(body, Location):
        return [body]
    if isinstance(body, LocationReply):
        return [body.location]
    return list(body.locations) if isinstance(body, Batch) else []


def _fields(message: Message) -> Object:
    body, header = message.body, message.header
    fields: Object = {}
    if header.protocol is not None:
        fields["protocol"] = header.protocol
    if header.parts > 1:
        fields |= {"part": header.part, "parts": header.parts}
    if body is None or isinstance(body, Location):
        return fields
    if isinstance(body, Batch):
        fields |= {"announced": body.announced, "blind_spot": body.blind_spot}
        return {**fields, **({"rest": body.rest.hex()} if body.rest else {})}
    for name, value in body._asdict().items():
        if not isinstance(value, Location) and name != "layout":
            fields[name] = value.hex() if isinstance(value, bytes) else value
    if isinstance(body, Unknown):
        fields["data"] = body.data.hex()
    return fields


def _rfc3339(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
