"""Alibi records outlive the program that wrote them: tickets are disputed after years."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from edge_agent.roles.station import alibi as records
from edge_agent.roles.station.alibi import BadAlibi

OLD = Path(__file__).with_name("alibi_1.json")
"""Written when there was one dialect and a codec had four settings: capacity, decimals, unit, data_bits."""


def test_a_record_of_the_first_version_is_judged_as_on_the_day_it_was_written() -> None:
    content = OLD.read_bytes()
    record = records.decode(content)
    assert record.indicator.more == {}
    assert records.encode(record) == content
    kept = records.replay(record)
    assert kept is not None
    assert kept.weight_kg == record.weight_kg == Decimal(18_000)


def test_the_first_version_carries_its_settings_into_the_judgement() -> None:
    record = records.decode(OLD.read_bytes())
    part = msgspec.structs.replace(record.indicator, capacity=Decimal(8_000))
    with pytest.raises(BadAlibi, match="is not one that yaohua-tf0 accepts"):
        records.replay(msgspec.structs.replace(record, indicator=part))


@pytest.mark.parametrize(
    ("dialect", "more"),
    [
        ("yaohua-tf0", {"address": "A"}),
        ("yaohua-cmd", {"address": "AB"}),
        ("yaohua-cmd", {"address": 5}),
        ("yaohua-cmd", {"address": True}),
        ("st-gs-line", {"address": "٣٣"}),
        ("toledo-continuous", {"division": "1e"}),
    ],
)
def test_settings_that_make_no_sense_condemn_the_record_and_crash_nothing(
    dialect: str, more: dict[str, str | int]
) -> None:
    record = records.decode(OLD.read_bytes())
    part = msgspec.structs.replace(record.indicator, more=more)
    changed = msgspec.structs.replace(record, dialect=dialect, indicator=part)
    with pytest.raises(BadAlibi):
        records.replay(records.decode(records.encode(changed)))
