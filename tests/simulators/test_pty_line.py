"""The pty behaves like a port: attended or not, unplugged, at the reader's speed."""

from __future__ import annotations

from pathlib import Path

import pytest
import serial

from simulators.pty_line import LinkRefused, PtyLine


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "wb"


def test_bytes_arrive_unchanged_through_the_link(link: Path) -> None:
    everything = bytes(range(256))
    with PtyLine(link, 9600) as line, serial.Serial(str(link), 9600, timeout=2) as port:
        assert line.send(everything) == 256
        assert port.read(256) == everything


def test_what_is_sent_while_nobody_listens_is_lost(link: Path) -> None:
    with PtyLine(link, 9600) as line:
        assert not line.attended
        assert line.send(b"lost") == 0
        with serial.Serial(str(link), 9600, timeout=2) as port:
            assert line.attended
            line.send(b"heard")
            assert port.read(5) == b"heard"
        assert not line.attended


def test_a_reader_that_does_not_read_loses_bytes_and_blocks_nobody(link: Path) -> None:
    with PtyLine(link, 9600) as line, serial.Serial(str(link), 9600, timeout=2):
        sent = sum(line.send(b"x" * 1000) for _ in range(100))
    assert sent < 100_000


def test_the_lines_speed_is_what_the_reader_set(link: Path) -> None:
    with PtyLine(link, 9600) as line:
        assert line.speed() == 9600
        with serial.Serial(str(link), 1200):
            assert line.speed() == 1200


def test_unplugging_takes_the_path_away_and_hangs_the_reader_up(link: Path) -> None:
    with PtyLine(link, 9600) as line, serial.Serial(str(link), 9600, timeout=2) as port:
        line.unplug()
        assert not link.is_symlink()
        with pytest.raises(serial.SerialException):
            port.read(1)
        assert line.send(b"nobody") == 0
        assert line.speed() == 0
        assert not line.attended


def test_plugged_in_again_it_works_under_the_same_path(link: Path) -> None:
    with PtyLine(link, 9600) as line:
        line.unplug()
        line.plug()
        with serial.Serial(str(link), 9600, timeout=2) as port:
            line.send(b"back")
            assert port.read(4) == b"back"
    assert not link.is_symlink()


def test_plugging_and_unplugging_twice_changes_nothing(link: Path) -> None:
    with PtyLine(link, 9600) as line:
        target = link.readlink()
        line.plug()
        assert link.readlink() == target
        line.unplug()
        line.unplug()


def test_a_path_that_is_taken_is_refused_and_left_alone(link: Path) -> None:
    link.write_text("mine")
    with pytest.raises(LinkRefused, match="already there"):
        PtyLine(link, 9600).plug()
    assert link.read_text() == "mine"


def test_a_dangling_link_of_a_killed_simulator_is_replaced(link: Path) -> None:
    link.symlink_to("/dev/pts/no-such")
    with PtyLine(link, 9600):
        assert link.exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LinkRefused, match="No such file"):
        PtyLine(tmp_path / "none" / "wb", 9600).plug()


def test_what_the_reader_sends_is_heard_and_nothing_else(link: Path) -> None:
    with PtyLine(link, 9600) as line:
        assert line.heard() == b""
        with serial.Serial(str(link), 9600) as port:
            assert line.heard() == b""
            port.write(b"SIR\r\n")
            line.send(b"S S 1 kg\r\n")
            assert line.heard() == b"SIR\r\n"
            assert line.heard() == b""
        line.unplug()
        assert line.heard() == b""
