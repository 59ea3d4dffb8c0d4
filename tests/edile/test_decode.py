"""`edile decode`: the JSON it writes is what scripts rely on, to the byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edile.decode import app

GOOD = bytes.fromhex("02 2B 30 30 31 35 36 30 30 31 39 03")
READING = (
    '{"kind": "reading", "weight": "1560", "unit": null, "stable": null, "net": null, '
    '"overload": false, "underload": false, "raw": "022b30303135363030313903"}\n'
)


def decode(*arguments: str, given: bytes = b"") -> Result:
    words = ["weighbridge", "--dialect", "yaohua-tf0", *arguments]
    return CliRunner().invoke(app, words, input=given)


def test_a_reading_is_one_object_a_line() -> None:
    result = decode(given=GOOD + GOOD)
    assert (result.exit_code, result.stdout) == (0, READING * 2)


def test_a_refusal_names_reason_and_bytes() -> None:
    result = decode("-", given=b"noise" + GOOD[:5] + GOOD.replace(b"9", b"8"))
    assert result.stdout.splitlines() == [
        '{"kind": "refused", "reason": "truncated", "raw": "022b303031"}',
        '{"kind": "refused", "reason": "checksum", "raw": "022b30303135363030313803"}',
    ]


def test_a_capture_that_ends_inside_a_frame_is_truncated() -> None:
    result = decode(given=GOOD[:4])
    assert json.loads(result.stdout) == {
        "kind": "refused",
        "reason": "truncated",
        "raw": "022b3030",
    }


def test_the_weight_keeps_the_decimals_of_the_display() -> None:
    frame = bytes.fromhex("02 2B 30 30 32 30 30 30 32 31 42 03")
    assert json.loads(decode(given=frame).stdout)["weight"] == "20.00"


def test_noise_gives_nothing() -> None:
    result = decode(given=b"\x00hello\x03\r\n")
    assert (result.exit_code, result.stdout) == (0, "")


def test_settings_reach_the_codec() -> None:
    result = decode("--set", "unit=t", "--set", "decimals=3", given=GOOD)
    answer = json.loads(result.stdout)
    assert (answer["weight"], answer["unit"]) == ("1.560", "t")
    assert json.loads(decode("--set", "capacity=700", given=GOOD).stdout)["reason"] == (
        "above-capacity"
    )


def test_hex_lines_are_independent_captures() -> None:
    lines = f"{GOOD[:6].hex()}\n{GOOD[6:].hex(' ').upper()}\r\n\n{(GOOD + GOOD).hex()}"
    result = decode("--hex", given=lines.encode())
    arrays = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[one["kind"] for one in array] for array in arrays] == [
        ["refused"],
        [],
        [],
        ["reading", "reading"],
    ]


def test_a_file_reads_like_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "capture.bin"
    file.write_bytes(GOOD)
    assert decode(str(file)).stdout == READING


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "unit"], "expected KEY=VALUE"),
        (["--set", "units=kg"], "one of capacity, decimals, unit, data_bits"),
        (["--set", "unit=stone"], "expected one of g, kg, t, lb"),
        (["--set", "decimals=1.5"], "expected a whole number from 0 to 5"),
        (["--set", "capacity=NaN"], "expected a number of at least 0"),
        (["--set", "unit=kg", "--set", "unit=t"], "set twice"),
        (["/nowhere/capture"], "/nowhere/capture: cannot be read: No such file"),
        (["/"], "/: cannot be read: Is a directory"),
        (["--dialect", "toledo"], "'toledo' is not known; known: yaohua-tf0"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_2(arguments: list[str], words: str) -> None:
    result = decode(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_bad_hex_line_is_named_after_the_good_ones() -> None:
    result = decode("--hex", given=f"{GOOD.hex()}\n02zz\n".encode())
    assert result.exit_code == 2
    assert result.stdout == f"[{READING.strip()}]\n"
    assert "stdin:2: expected pairs of hexadecimal digits, found '02zz'" in result.stderr


def test_a_reading_comes_out_while_the_line_is_still_open_and_a_closed_reader_is_no_crash() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "edile.cli", "decode", "weighbridge", "--dialect", "yaohua-tf0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        os.write(process.stdin.fileno(), GOOD)
        assert os.read(process.stdout.fileno(), 4096).decode() == READING
        process.stdout.close()
        os.write(process.stdin.fileno(), GOOD)
        process.stdin.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 1
