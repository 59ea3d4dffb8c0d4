"""Looking at a store: on a copy, while the agent writes, and without a trace."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from contract.names import lane_key
from edge_agent.errors import StoreRefused
from edge_agent.store import inspection
from tests.edge_agent.store.stores import NOW, open_store, routine


def _three_stages(tmp_path: Path) -> tuple[str, object]:
    store = open_store(tmp_path)
    store.commit([routine(f"s{n}") for n in range(9)])
    key = lane_key(store.epoch, "routine")
    store.apply_reply(stored={key: 6}, archived={key: 3}, generation="g1", receipt=None, moment=NOW)
    return key, store


def test_the_copy_shows_what_the_running_agent_has_committed(tmp_path: Path) -> None:
    key, store = _three_stages(tmp_path)
    with inspection.copy_of(tmp_path) as copy:
        status = inspection.outbox_status(copy)
        assert status["depth"] == {"urgent": 1, "routine": 3}
        waiting = [json.loads(raw)["id"] for raw in inspection.events(copy, waiting_only=True)]
    assert waiting[-3:] == [f"{key}.{n}" for n in (7, 8, 9)]
    store.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seq", "stage", "ahead"),
    [(2, "archived", 0), (5, "stored", 0), (9, "waiting", 2), (77, "unknown", 0)],
)
def test_why_says_where_an_event_is(tmp_path: Path, seq: int, stage: str, ahead: int) -> None:
    key, store = _three_stages(tmp_path)
    with inspection.copy_of(tmp_path) as copy:
        why = inspection.explain(copy, f"{key}.{seq}")
    assert (why.stage, why.ahead) == (stage, ahead)
    store.close()  # type: ignore[attr-defined]


def test_why_of_something_that_is_no_event_id_is_a_value_error(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with inspection.copy_of(tmp_path) as copy, pytest.raises(ValueError, match="not an event id"):
        inspection.explain(copy, "yesterday's ticket")


def test_looking_changes_nothing_in_the_folder(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with inspection.copy_of(tmp_path) as copy:
        assert list(inspection.events(copy))
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert {name for name in after if after[name] != before.get(name) and after[name]} <= {
        "edile.db-shm"
    }


def test_a_folder_without_a_store_and_a_foreign_one_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreRefused, match="has an agent with this data_dir ever run"),
        inspection.copy_of(tmp_path),
    ):
        pass
    con = apsw.Connection(str(tmp_path / "edile.db"))
    con.execute("CREATE TABLE theirs (a)")
    con.close()
    with pytest.raises(StoreRefused, match="another program"), inspection.copy_of(tmp_path):
        pass
