"""The truths of all simulators as one."""

from __future__ import annotations

from edile.demo.whole_truth import acknowledged, whole_truth

HEAD = {
    "kind": "truth",
    "expects_event": ["weighing", "over-capacity"],
    "order_key": {"over-capacity": "problem"},
}


def test_peaks_of_the_air_are_incidents_and_faults_of_sensors_are_none() -> None:
    air = [
        {"kind": "truth"},
        {"kind": "air-alarm", "id": "air-1/pm2_5.air-alarm", "t": 3},
        {"kind": "sentinel", "id": "air-1/pm2_5.sentinel", "t": 9},
        {"kind": "end"},
    ]
    head, *rest = whole_truth([HEAD], air, [{"kind": "cloned-id", "id": "139"}])
    assert head["expects_event"] == ["weighing", "over-capacity", "air-alarm", "cloned-id"]
    assert head["order_key"] == {"over-capacity": "problem", "air-alarm": "object"}
    assert [(line["kind"], line.get("object")) for line in rest] == [
        ("air-alarm", "air-1/pm2_5"),
        ("cloned-id", None),
    ]


def test_before_the_station_has_begun_nothing_is_true() -> None:
    assert whole_truth([], [{"kind": "air-alarm", "id": "x"}], []) == []


def test_only_what_was_acknowledged_counts_as_told() -> None:
    row = {"kind": "position", "id": "139", "at": 7, "lat": 23.1, "lon": 113.2}
    lines = [{**row, "acknowledged": told} for told in (True, False, None)]
    assert acknowledged(lines) == [("139", 7, 23.1, 113.2)]
