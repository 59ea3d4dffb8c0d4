"""Who has a port open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from edile.probe.ports import holder, serial_ports

HOLD = """
import serial, sys
port = serial.Serial(sys.argv[1], exclusive=sys.argv[2] == "locked")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path() -> Iterator[str]:
    far, near = os.openpty()
    name = os.ttyname(near)
    os.close(near)
    yield name
    os.close(far)


@pytest.mark.parametrize("how", ["locked", "shared"])
def test_a_program_that_has_the_port_open_is_named_locked_or_not(path: str, how: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, path, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        who = holder(path)
        assert who is not None
        assert who.startswith(f"pid {process.pid} (python")
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
    assert holder(path) is None


def test_this_program_itself_does_not_count_and_a_missing_port_is_held_by_nobody(path: str) -> None:
    with open(path, "rb", buffering=0):  # noqa: PTH123
        assert holder(path) is None
    assert holder("/dev/no-such-port") is None


def test_the_ports_of_the_system_are_listed_without_opening_them() -> None:
    assert all(one.path.startswith("/dev/") for one in serial_ports())
