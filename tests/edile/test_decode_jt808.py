"""`edile decode jt808`: the JSON that scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edile.decode import app
from firmware_bridges.jt808 import TerminalVoice
from tests.firmware_bridges.jt808 import captures


def decode(*options: str, text: str | bytes) -> list[Any]:
    result = CliRunner().invoke(app, ["jt808", *options], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def refused(*options: str) -> str:
    result = CliRunner().invoke(app, ["jt808", *options], input="")
    assert result.exit_code == 2
    return result.output


def test_a_location_is_told_whole() -> None:
    assert decode("--hex", text=captures.SMALLCHI_LOCATION) == [
        [
            {
                "kind": "message",
                "id": "0x0200",
                "name": "location",
                "terminal": "123456789012",
                "version": 2013,
                "serial": 126,
                "positions": [
                    {
                        "lat": 12.222222,
                        "lon": 132.444444,
                        "altitude_m": 40,
                        "speed_kmh": 6.0,
                        "course_deg": 0,
                        "time": "2018-10-15T02:10:10Z",
                        "fix": True,
                        "alarm_bits": ["sos"],
                        "status_bits": ["fix"],
                        "load": "empty",
                        "items": {"0x01": 10.0, "0x02": 12.5},
                    }
                ],
                "fields": {},
            }
        ]
    ]


def test_a_stream_gives_one_object_a_line() -> None:
    stream = bytes.fromhex(captures.SMALLCHI_LOCATION + captures.REGISTRATION_2011)
    told = decode(text=b"noise" + stream + b"\x7e\x02\x00")
    assert [one["kind"] for one in told] == ["message", "message", "refused"]
    assert told[1]["name"] == "registration"
    assert (told[1]["version"], told[1]["fields"]["plate"]) == (2011, "粤B88888")
    assert told[2]["reason"] == "truncated"


def test_escapes_that_were_removed_are_not_looked_for() -> None:
    plain = captures.SMALLCHI_LOCATION.replace("007D02", "007E").replace("007D01137E", "007D137E")
    ((told,),) = decode("--hex", "--unescaped", text=plain)
    assert told["serial"] == 126
    ((told,),) = decode("--hex", "--unescaped", text=plain[2:-2])
    assert told["positions"][0]["items"] == {"0x01": 10.0, "0x02": 12.5}


def test_a_wrong_check_is_refused_and_overlooked_only_when_asked() -> None:
    ((strict,),) = decode("--hex", text=captures.SHORT_BODY)
    assert (strict["kind"], strict["reason"]) == ("refused", "checksum")
    ((told,),) = decode("--hex", "--lenient", text=captures.SHORT_BODY)
    assert told["lenient"] == ["checksum", "length"]
    assert told["positions"][0]["lat"] == 22.51488


def test_the_zone_and_the_model_are_the_terminal_s_own(tmp_path: Path) -> None:
    model = tmp_path / "m.toml"
    model.write_text("[[items]]\nid = 0x02\nname = 'fuel'\ntype = 'u16'\n", encoding="utf-8")
    options = ("--hex", "--zone", "+00:00", "--model", str(model))
    ((told,),) = decode(*options, text=captures.SMALLCHI_LOCATION)
    assert told["positions"][0]["time"] == "2018-10-15T10:10:10Z"
    assert told["positions"][0]["values"] == {"fuel": "125"}


def test_a_message_in_parts_is_told_once_more_when_it_is_whole() -> None:
    frames = TerminalVoice("42").frames(0x0900, b"\x41" + bytes(1_500))
    told = decode(text=b"".join(frame for _, frame in frames))
    assert [one["fields"].get("part") for one in told] == [1, 2, None]
    assert told[2]["whole"]
    assert len(told[2]["fields"]["data"]) == 3_000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--zone", "8"), "--zone 8: expected a time zone such as +08:00"),
        (("--model", "/nowhere.toml"), "cannot be read"),
    ],
)
def test_a_wrong_option_is_one_line(options: tuple[str, ...], says: str) -> None:
    assert says in refused(*options)


def test_a_wrong_model_names_its_key(tmp_path: Path) -> None:
    model = tmp_path / "m.toml"
    model.write_text("[[items]]\nid = 2\nname = 'a'\ntype = 'u12'\n", encoding="utf-8")
    assert "items[0].type: expected one of u8" in refused("--model", str(model))
