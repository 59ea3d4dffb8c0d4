"""Processes of the demo: started, killed, ended; their last words are shown."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edile.demo.programs import (
    DemoFailed,
    Program,
    Programs,
    edile_command,
    free_port,
    port_is_free,
    run_once,
)

PLAYING = ("sim", "weighbridge", "--link", "wb", "--hold")


def has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_leaving_the_block_ends_what_was_started(tmp_path: Path) -> None:
    with Programs() as programs:
        program = programs.start(Program("sim", PLAYING, tmp_path))
        programs.require_running()
        pid = program.pid
    assert has_ended(pid)
    assert program.exit_status() is not None


def test_what_was_killed_can_be_started_again(tmp_path: Path) -> None:
    with Programs() as programs:
        program = programs.start(Program("sim", PLAYING, tmp_path))
        first = program.pid
        program.kill()
        assert program.exit_status() == -signal.SIGKILL
        program.start()
        assert program.exit_status() is None
        assert program.pid != first


def test_a_program_that_died_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Programs() as programs:
        program = programs.start(Program("sim", ("sim", "no-such-command"), tmp_path))
        assert program.wait(60) == 2
        with pytest.raises(DemoFailed, match=r"sim ended with status 2\n.*sim\.log(.|\n)*No such"):
            programs.require_running()
        programs.require_running(except_for={"sim"})


def test_a_command_that_fails_is_reported_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match=r"`edile sim scenarios nope` ended with 2:\nscenario"):
        run_once(tmp_path, "sim", "scenarios", "nope")


def test_a_command_that_works_gives_its_output(tmp_path: Path) -> None:
    assert "over-capacity" in run_once(tmp_path, "sim", "scenarios")


def test_when_the_demo_itself_is_killed_its_programs_end(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from edile.demo.programs import Program\n"
        f"program = Program('sim', {PLAYING!r}, pathlib.Path(sys.argv[1]))\n"
        "program.start(); print(program.pid, flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        watch = os.pidfd_open(child)
        parent.kill()
        parent.wait()
    try:
        assert select.select([watch], [], [], 30)[0], "the child outlived its parent"
    finally:
        os.close(watch)


def test_a_free_port_is_free_and_a_taken_one_is_not() -> None:
    port = free_port()
    assert port_is_free(port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not port_is_free(port)


def test_the_programs_are_this_very_installation() -> None:
    assert edile_command("hub")[0] == sys.executable
