"""What the demo reads from a gateway's data folder, running or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.payloads.gateway import GatewayNotice
from edge_agent.ledger import SETTING, Ledger
from edge_agent.ports import Conclusion, Work
from edge_agent.store.database import Store
from edile.demo.gateway_view import GatewayView
from tests.fakes.clock import FakeClock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "gateway"


def opened(folder: Path, epoch: int) -> Store:
    return Store.open(
        folder,
        entropy=lambda bits: epoch,
        source="/baiyun/cs-017",
        moment=FakeClock().moment(),
        unclean=False,
        versions={},
    )


def test_a_folder_that_is_not_there_yet_has_nothing(folder: Path) -> None:
    view = GatewayView(folder)
    assert (view.produced(), view.kept(), view.wire_bytes()) == (0, 0, 0)
    assert view.status() is None


def test_events_of_every_epoch_count_also_while_the_store_is_open(folder: Path) -> None:
    first = opened(folder, 1)
    first.commit([Work(FakeClock().moment(), (Conclusion(GatewayNotice(kind="disk-low"), "x"),))])
    first.close()
    second = opened(folder, 2)
    view = GatewayView(folder)
    assert view.produced() == 3  # started, disk-low, started
    assert view.waiting() == {"urgent": 3, "routine": 0}
    assert view.kept() == 3
    second.close()


def test_archived_events_count_as_produced_and_not_as_kept(folder: Path) -> None:
    store = opened(folder, 1)
    lane = {f"{store.epoch}.urgent": 1}
    moment = FakeClock().moment()
    store.apply_reply(stored=lane, archived=lane, generation="g1", receipt=None, moment=moment)
    view = GatewayView(folder)
    assert (view.produced(), view.kept(), view.waiting()["urgent"]) == (1, 0, 0)
    store.close()


def test_bytes_are_those_of_the_gateways_own_ledger(folder: Path) -> None:
    store, ledger = opened(folder, 1), Ledger()
    ledger.add("live", 1000, 200)
    ledger.add("urgent", 30, 4)
    store.put_setting(SETTING, ledger.dump())
    assert GatewayView(folder).wire_bytes() == 1234
    store.close()
