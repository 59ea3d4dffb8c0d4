"""What makes a hub not ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.timestamps import rfc3339
from hub.rulebook import publish_rules
from tests.fakes.clock import START_UTC_NS
from tests.hub.assembled import assembled
from tests.hub.detections import DISTRICT
from tests.hub.kept_tables import sqlite_tables
from tests.hub.test_rulebook import OFFICE

PUBLISHED = Path(__file__).parents[2] / "hub/deadlines/published"
DAY_NS = 86_400 * 10**9


@pytest.mark.parametrize(("days", "ready"), [(0, True), (57, True), (58, False), (90, False)])
def test_a_calendar_that_does_not_reach_far_enough_is_said(
    tmp_path: Path, days: int, ready: bool
) -> None:
    """The tests' zero hour is 21 September 2026; 2027 is not published, and 45 days are wanted."""
    now_ns = START_UTC_NS + days * DAY_NS
    with assembled(sqlite_tables(tmp_path / "hub.db"), tmp_path, utc_ns=lambda: now_ns) as hub:
        files = {path.name: path.read_bytes() for path in sorted(PUBLISHED.glob("cn-*.csv"))}
        files["office.toml"] = OFFICE.replace(b"[[weeks]]", b'official = "cn"\n[[weeks]]')
        with hub.database.write() as conn:
            publish_rules(
                conn,
                DISTRICT,
                "calendar",
                files,
                by="Li Na",
                actor="desk",
                at=rfc3339(now_ns),
            )
        answer = hub.client.get("/readyz")
        assert (answer.status_code == 200) == ready
        assert ("office" in answer.text) != ready
