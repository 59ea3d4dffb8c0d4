"""A signal ends the waiting, whenever it comes."""

from __future__ import annotations

import os
import signal

import pytest

from simulators.stopping import STOPPING, StopSignals


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_ends_every_wait_from_then_on(number: signal.Signals) -> None:
    with StopSignals() as stop:
        assert not stop.wait(0)
        os.kill(os.getpid(), number)
        assert stop.wait(30)
        assert stop.wait(30)


def test_very_many_signals_do_not_block() -> None:
    with StopSignals() as stop:
        for _ in range(70_000):
            stop._note(signal.SIGINT, None)
        assert stop.wait(0)


def test_afterwards_signals_mean_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in STOPPING]
    with StopSignals():
        assert [signal.getsignal(number) for number in STOPPING] != before
    assert [signal.getsignal(number) for number in STOPPING] == before
