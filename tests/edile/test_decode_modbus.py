"""`edile decode modbus`: documents' frames in, the JSON that scripts rely on out."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from edile.decode import app

# SonBest SM7901M page: 53.6 dB; SM7820B, a capture in the Rhino Pi peripheral guide: 27.88 degC
NOISE_ASKED = bytes.fromhex("01 03 00 00 00 01 84 0A")
NOISE = bytes.fromhex("01 03 02 02 18 B9 2E")
CLIMATE_ASKED = bytes.fromhex("01 03 00 00 00 02 C4 0B")
CLIMATE = bytes.fromhex("01 03 04 0A E4 17 65 76 07")
# DFRobot wiki, SEN0604, 3: moisture 65.8 %, temperature -10.1 degC (and conductivity, pH)
SOIL_ASKED = bytes.fromhex("01 03 00 00 00 04 44 09")
SOIL = bytes.fromhex("01 03 08 02 92 FF 9B 03 E8 00 38 57 B6")
REFUSED = bytes.fromhex("01 83 02 C0 F1")
READING = '{"kind": "reading", "quantity": "noise", "value": 53.6, "unit": "dB", "raw": "0218"}\n'


def decode(map_name: str, given: bytes | str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["modbus", "--map", map_name, *arguments], input=given)


def objects(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def values(result: Result) -> list[tuple[object, object, object]]:
    return [(one.get("quantity"), one.get("value"), one["kind"]) for one in objects(result)]


def test_an_answer_alone_is_one_object_a_line() -> None:
    assert decode("sonbest-sm7901", NOISE + NOISE).stdout == READING * 2


def test_a_request_says_which_registers_its_answer_holds() -> None:
    assert values(decode("sonbest-sm7820b", CLIMATE_ASKED + CLIMATE)) == [
        ("temperature", 27.88, "reading"),
        ("humidity", 59.89, "reading"),
    ]
    assert values(decode("dfrobot-soil", SOIL_ASKED + SOIL)) == [
        ("soil-moisture", 65.8, "reading"),
        ("soil-temperature", -10.1, "reading"),
    ]


def test_without_a_request_registers_that_could_be_others_are_not_guessed() -> None:
    (told,) = objects(decode("dfrobot-soil", SOIL))
    assert (told["kind"], told["reason"]) == ("refused", "not-in-map")


def test_an_answer_of_another_length_than_asked_is_refused() -> None:
    (told,) = objects(decode("sonbest-sm7820b", CLIMATE_ASKED + NOISE))
    assert told["reason"] == "length"


def test_what_is_no_value_is_refused_with_its_reason() -> None:
    # CRCs by MODBUS over Serial Line V1.02, 6.2.2
    broken = bytes.fromhex("01 03 04 7F FF 17 65 1C 0C")
    first, second = objects(decode("sonbest-sm7820b", broken))
    assert (first["reason"], first["quantity"]) == ("sentinel", "temperature")
    assert (second["kind"], second["value"]) == ("reading", 59.89)
    loud = bytes.fromhex("01 03 02 0B B8 BF 06")
    assert objects(decode("sonbest-sm7901", loud))[0]["reason"] == "out-of-range"


def test_an_error_answer_and_a_wrong_crc_are_refused() -> None:
    (told,) = objects(decode("sonbest-sm7901", NOISE_ASKED + REFUSED))
    assert (told["reason"], told["detail"]) == ("exception", "exception 2 (illegal data address)")
    hurt = NOISE[:-1] + b"\x2f"
    assert [one["reason"] for one in objects(decode("sonbest-sm7901", hurt))] == ["checksum"]
    assert [one["reason"] for one in objects(decode("sonbest-sm7901", NOISE[:5]))] == ["truncated"]


def test_hex_lines_are_captures_of_their_own() -> None:
    text = f"{(NOISE_ASKED + NOISE).hex()}\n{REFUSED.hex(' ')}\n"
    first, second = decode("sonbest-sm7901", text, "--hex").stdout.splitlines()
    assert [one["value"] for one in json.loads(first)] == [53.6]
    assert [one["reason"] for one in json.loads(second)] == ["exception"]


def test_the_word_order_can_be_set() -> None:
    # Vaisala HPP272 User Guide M211972EN-B, A.5: low word first, 465.65997 ppm
    answer = bytes.fromhex("F0 03 04 D4 7A 43 E8 33 AB")
    assert values(decode("vaisala-hpp272", answer)) == [("voc", 465.66, "reading")]
    (told,) = objects(decode("vaisala-hpp272", answer, "--word-order", "ABCD"))
    assert told["reason"] == "out-of-range"


def test_a_map_of_ones_own_is_judged_with_its_lines(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'about = "x"\nsource = "y"\n[[points]]\nquantity = "noise"\nunit = "dB"\nregister = 0\nscale = "0.1"\n'
    )
    assert values(decode(str(mine), NOISE)) == [("noise", 53.6, "reading")]
    mine.write_text(mine.read_text().replace('"noise"', '"nois"'))
    result = decode(str(mine), NOISE)
    assert result.exit_code == 2
    assert f"{mine}:4: points[0].quantity: expected a quantity" in result.stderr
    assert "did you mean 'noise'?" in result.stderr


def test_an_unknown_map_or_order_is_one_line() -> None:
    for result in (decode("nope", b""), decode("sht20", b"", "--word-order", "XYZ")):
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
