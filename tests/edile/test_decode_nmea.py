"""`edile decode nmea`: the JSON that scripts rely on."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from edile.decode import app
from tests.firmware_bridges.test_nmea import (
    BLIND_DATED,
    IN_VIEW,
    LOGGED_GGA,
    LOGGED_RMC,
    OLD,
    WEST,
    WRONG,
)


def decode(*options: str, text: str | bytes) -> list[Any]:
    result = CliRunner().invoke(app, ["nmea", *options], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_each_moment_is_an_object_and_the_last_one_too() -> None:
    place, *rest = decode(text=LOGGED_GGA + LOGGED_RMC + IN_VIEW + WRONG + BLIND_DATED)
    assert [one["kind"] for one in rest] == ["refused", "fix", "fix"]
    assert (place["kind"], place["id"]) == ("other", "GSV")
    assert rest[0]["reason"] == "checksum"
    assert rest[1] == {
        "kind": "fix",
        "fix": True,
        "time": "2020-10-27T10:33:09.000Z",
        "lat": 49.59633918,
        "lon": 7.01353983,
        "speed_kmh": 0.019,
        "course_deg": 58.03,
        "altitude_m": 465.352,
        "satellites": 17,
        "hdop": 0.72,
    }
    assert rest[2] == {"kind": "fix", "fix": False, "time": "2017-03-29T19:48:12.000Z"}


def test_captures_in_hex_know_nothing_of_each_other() -> None:
    first, second = decode("--hex", text=f"{OLD.hex()}\n{WEST.hex()}\n")
    assert [one["lat"] for one in (*first, *second)] == [48.1173, 47.67273583]
