"""The truths of all simulators of the demo as one, in the words of the scorecard. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from edile.scorecard import Place, TruthLine


def whole_truth(
    station: Sequence[TruthLine], air: Sequence[TruthLine], terminals: Sequence[TruthLine]
) -> list[TruthLine]:
    """The station's lines, the real peaks of the air (faults of sensors are no alarms), and the clones."""
    if not station:
        return []
    head = dict(station[0])
    expected, keys = head.get("expects_event"), head.get("order_key")
    head["expects_event"] = [
        *(expected if isinstance(expected, list) else ()),
        "air-alarm",
        "cloned-id",
    ]
    head["order_key"] = {**(keys if isinstance(keys, dict) else {}), "air-alarm": "object"}
    peaks = [
        {**line, "object": str(line["id"]).rpartition(".")[0]}
        for line in air
        if line["kind"] == "air-alarm"
    ]
    clones = [line for line in terminals if line["kind"] == "cloned-id"]
    return [head, *station[1:], *peaks, *clones]


def acknowledged(terminals: Sequence[TruthLine]) -> list[Place]:
    """What terminals were told is safe."""
    return [
        (str(line["id"]), _whole(line["at"]), _degrees(line["lat"]), _degrees(line["lon"]))
        for line in terminals
        if line["kind"] == "position" and line.get("acknowledged")
    ]


def _whole(value: object) -> int:
    return int(str(value))


def _degrees(value: object) -> float:
    return round(float(str(value)), 6)
