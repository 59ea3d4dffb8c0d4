"""`edile decode gt06`: the JSON that scripts rely on."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from edile.decode import app
from tests.firmware_bridges import test_gt06 as captures


def decode(*options: str, text: str | bytes) -> list[Any]:
    result = CliRunner().invoke(app, ["gt06", *options], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_a_connection_is_told_packet_by_packet() -> None:
    stream = bytes.fromhex(captures.LOGIN + captures.NORTH_EAST + captures.HEARTBEAT)
    login, place, beat = decode(text=stream)
    assert (login["name"], login["fields"]["imei"]) == ("login", "0123456789012345")
    assert (place["name"], place["terminal"]) == ("location", "0123456789012345")
    assert place["positions"] == [
        {
            "lat": 23.111693,
            "lon": 114.409298,
            "speed_kmh": 0,
            "course_deg": 0,
            "time": "2015-12-29T02:51:05Z",
            "fix": True,
            "live": True,
            "satellites": 9,
        }
    ]
    assert place["fields"]["lbs"] == {"mcc": 460, "mnc": 0, "lac": 10365, "cell": 8049}
    assert (beat["name"], beat["fields"]["voltage"], beat["fields"]["gsm"]) == ("heartbeat", 6, 4)


def test_alarms_cells_and_wifi_are_told_in_fields() -> None:
    alarm, lbs, wifi = (
        decode("--hex", text=one)[0][0]
        for one in (captures.ALARM, captures.LBS, captures.WIFI_STATIONS)
    )
    assert (alarm["name"], alarm["fields"]["alarm"]) == ("alarm", "vibration")
    assert lbs["fields"]["lbs"][0] == {
        "mcc": 405,
        "mnc": 39,
        "lac": 6020,
        "cell": 23222,
        "strength": 54,
    }
    assert wifi["fields"]["wifi"][0] == {"mac": "ac:9e:17:b3:08:08", "strength": 81}
    assert (wifi["serial"], wifi["positions"]) == (None, [])


def test_a_wrong_crc_is_refused_and_overlooked_only_when_asked() -> None:
    wrong = captures.HEARTBEAT.replace("298f", "298e")
    assert decode("--hex", text=wrong)[0][0]["reason"] == "checksum"
    assert decode("--hex", "--lenient", text=wrong)[0][0]["lenient"] == ["checksum"]


def test_the_zone_is_the_terminal_s_own() -> None:
    ((told,),) = decode("--hex", "--zone", "+08:00", text=captures.NORTH_EAST)
    assert told["positions"][0]["time"] == "2015-12-28T18:51:05Z"
