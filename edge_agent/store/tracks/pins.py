"""Pins of terminals as rows."""

from __future__ import annotations

from collections.abc import Mapping

import apsw
import msgspec

from edge_agent.ports import Pin

_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Pin)


def read_pins(con: apsw.Connection) -> dict[str, Pin]:
    rows = con.execute("SELECT terminal, body FROM pin")
    return {terminal: _DECODER.decode(body) for terminal, body in rows}


def write_pins(con: apsw.Connection, pins: Mapping[str, Pin]) -> None:
    """Inside the caller's transaction."""
    for terminal, pin in pins.items():
        con.execute(
            "INSERT INTO pin (terminal, body) VALUES (?, ?) "
            "ON CONFLICT (terminal) DO UPDATE SET body = excluded.body",
            (terminal, _ENCODER.encode(pin).decode()),
        )
