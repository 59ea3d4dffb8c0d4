"""The simulated weigh transmitter: registers of the manual, and no hand on the zero."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import minimalmodbus
import pytest

from firmware_bridges.modbus_maps import parse_scale
from firmware_bridges.modbus_rtu import (
    ExceptionAnswer,
    Message,
    ReadAnswer,
    crc16,
    parse,
    read_request,
)
from firmware_bridges.weighbridge.indicator import Shown
from simulators.weighbridge.transmitter import ModbusAsked

MAPS = files("firmware_bridges.modbus_maps.scale_presets")
DGT4X = parse_scale(MAPS.joinpath("dini-dgt4x.toml").read_text("utf-8"))


def said(heard: bytes, shown: Shown) -> list[Message]:
    return [parse(frame) for frame in ModbusAsked(DGT4X, 1).answer(heard, shown)]


def test_it_says_what_the_display_shows_in_the_manuals_registers() -> None:
    # Dini Argeo TECH_MAN_ENG_DGT4X p. 58: 40202 status (b0 sign, b1 stable, b3 over), 40203/4 gross
    asked = read_request(1, 3, 201, 3)
    assert said(asked, Shown(Decimal(6000))) == [ReadAnswer(1, 3, (0b0010, 0, 0x1770))]
    assert said(asked, Shown(Decimal(-20), stable=False)) == [ReadAnswer(1, 3, (0b0001, 0, 20))]
    assert said(asked, Shown(Decimal(99_000), overload=True)) == [
        ReadAnswer(1, 3, (0b1010, 1, 33_464))
    ]


def test_parts_of_its_registers_may_be_asked_and_no_others() -> None:
    shown = Shown(Decimal(6000))
    assert said(read_request(1, 3, 202, 2), shown) == [ReadAnswer(1, 3, (0, 0x1770))]
    assert said(read_request(1, 3, 200, 3), shown) == [ExceptionAnswer(1, 3, 2)]
    assert said(read_request(1, 3, 203, 2), shown) == [ExceptionAnswer(1, 3, 2)]
    assert said(read_request(1, 4, 201, 3), shown) == [ExceptionAnswer(1, 4, 1)]
    assert said(read_request(2, 3, 201, 3), shown) == []


def test_nobody_zeroes_or_tares_it() -> None:
    body = bytes.fromhex("01 06 00 00 00 01")  # 40001 = 1: zero, by the same page
    assert said(body + crc16(body), Shown(Decimal(6000))) == [ExceptionAnswer(1, 6, 1)]


@pytest.mark.e2e
def test_a_foreign_master_reads_it_on_the_pty(tmp_path: Path) -> None:
    link = tmp_path / "wb"
    command = [sys.executable, "-m", "edile.cli", "sim", "transmitter", "--link", str(link)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("playing")
        scale = minimalmodbus.Instrument(str(link), 1)
        try:
            scale.serial.baudrate, scale.serial.timeout = 9600, 5.0
            status, high, low = scale.read_registers(201, 3)
        finally:
            scale.serial.close()
            os.kill(process.pid, signal.SIGTERM)
    assert status & 0b1100 == 0
    assert (high << 16 | low) <= 100
