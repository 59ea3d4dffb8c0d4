"""The duties document: what is read, and every fault with its line and what was expected."""

from __future__ import annotations

import pytest

from hub.duties.documents import DutiesRefused, read_duties
from hub.duties.kinds import Coverage, Outcome
from hub.duties.spans import Span
from tests.hub.duties.town import BOOK, GAS, SWEEPING

PLAIN = """zone: Asia/Shanghai
kinds:
  - name: bins
    zh: 桶
    en: Bins
    on: component
    every: 1 week
    outcomes:
      done: {then: next}
      away: {then: revisit, after: 1 day, at_most: 2}
"""


def refused(text: str) -> list[str]:
    with pytest.raises(DutiesRefused) as told:
        read_duties("d.yaml", text.encode())
    return [str(fault) for fault in told.value.faults]


def test_the_shipped_document_holds_the_duties_that_the_district_knows() -> None:
    assert list(BOOK.kinds) == [
        "gas-inspection", "road-sweeping", "green-mowing", "bin-washing",
        "weighbridge-calibration", "gateway-maintenance",
    ]  # fmt: skip
    assert GAS.outcomes["nobody-home"] == Outcome(then="revisit", after=Span(3, "days"), at_most=2)
    assert GAS.order_kind("never") == "duty-never:gas-inspection"
    assert SWEEPING.coverage == Coverage(
        share=0.85, slowest_kmh=3, fastest_kmh=10, width_m=2.2, reach_m=8, accuracy_m=15, gap_s=30
    )


def test_a_plain_kind_has_the_rest_by_default() -> None:
    (bins,) = read_duties("d.yaml", PLAIN.encode()).kinds.values()
    assert (bins.grace, bins.first, bins.again) == (None, None, Span(30, "days"))
    assert (bins.owner, bins.unit, bins.coverage) == ("place", None, None)
    never = read_duties("d.yaml", PLAIN.replace("    on:", "    again: never\n    on:").encode())
    assert never.kinds["bins"].again is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Asia/Shanghai", "Asia/Atlantis", "d.yaml:1: zone: 'Asia/Atlantis': expected an IANA zone"),
        ("name: bins", "name: Bins", "d.yaml:3: name: 'Bins': expected a name of small letters"),
        ("on: component", "on: moon", "d.yaml:6: on: 'moon' is unknown: expected one of component"),
        ("every: 1 week", "every: weekly", "d.yaml:7: every: 'weekly': expected an amount"),
        ("every: 1 week", "evry: 1 week", "d.yaml:7: 'evry' is unknown"),
        ("{then: next}", "{then: order}", "d.yaml:9: outcomes: expected an outcome with then: next"),
        (", at_most: 2", "", "d.yaml:10: outcomes: away: then: revisit: expected after and at_most"),
        ("{then: next}", "{then: next, at_most: 2}", "expected no after and no at_most"),
        ("    zh: 桶\n", "", "d.yaml:3: zh is missing"),
        ("on: component", "on: component\n    owner: {by: duty, unit: x}", "expected one of by and unit"),
        ("on: component", "on: component\n    catalogue: edile-local", "expected a class beside it"),
        ("on: component", "on: component\n    coverage: {slowest_kmh: 3}", "share is missing"),
        ("on: component", "on: component\n    coverage: {share: 80 %, slowest_kmh: 12}", "below fastest"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_was_expected(
    old: str, new: str, fault: str
) -> None:
    assert old in PLAIN
    assert any(fault in line for line in refused(PLAIN.replace(old, new, 1)))


def test_a_kind_twice_and_several_faults_are_all_told() -> None:
    again = PLAIN[PLAIN.index("  - name") :]
    assert any("bins again: expected each kind once" in line for line in refused(PLAIN + again))
    both = PLAIN.replace("1 week", "0 weeks").replace("on: component", "on: moon")
    assert [line.split(":")[1] for line in refused(both)] == ["6", "7"]


def test_a_changed_interval_is_another_digest_and_a_changed_title_is_not() -> None:
    plain = read_duties("d.yaml", PLAIN.encode())
    other = read_duties("d.yaml", PLAIN.replace("1 week", "2 weeks").encode())
    titled = read_duties("d.yaml", PLAIN.replace("en: Bins", "en: The bins").encode())
    zoned = read_duties("d.yaml", PLAIN.replace("Shanghai", "Tokyo").encode())
    assert plain.digest == titled.digest
    assert len({plain.digest, other.digest, zoned.digest}) == 3
