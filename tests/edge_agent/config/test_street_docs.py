"""The examples and figures of docs/street-and-bins.md, held against what the settings really are."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config.disposal_point import BinConfig, DisposalPointConfig
from edge_agent.config.dumping import DumpingConfig
from edge_agent.config.street_classes import (
    OF_ZONES,
    REFERENCE,
    StreetClassConfig,
    check_classes,
    kinds_of,
    with_zones,
)
from edge_agent.config.streetscape import CarConfig, StreetscapeConfig
from edge_agent.config.values import Findings

DOCS = (Path(__file__).parents[3] / "docs" / "street-and-bins.md").read_text(encoding="utf-8")
EXAMPLES = [
    tomllib.loads(text)["roles"] for text in re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
]


def read(kind: type, table: dict[str, Any]) -> Any:
    findings = Findings(Path("docs"), {}, Path())
    value = findings.read(kind, table, ())
    assert findings.mistakes == []
    return value


def test_every_example_is_read_as_it_stands() -> None:
    street, own, car, point, yard = EXAMPLES
    assert read(StreetscapeConfig, street["streetscape"]).classes == REFERENCE
    cameras = {"cameras": ["car-1"]}
    codes = [
        one.class_code for one in read(StreetscapeConfig, cameras | own["streetscape"]).classes
    ]
    assert codes == ["06036", "09009"]
    assert read(StreetscapeConfig, cameras | car["streetscape"]).cars == (
        CarConfig("car-1", "gnss-1"),
    )
    bins = read(DisposalPointConfig, point["disposal_point"]).bins
    assert (bins[1].stream, bins[1].before) == ("food", "at-green")
    assert read(DumpingConfig, yard["station"]["dumping"]).zones == ("fence", "forecourt")


def test_every_label_is_in_the_table_with_its_class() -> None:
    rows = [row for row in DOCS.splitlines() if re.match(r"\| `\w", row)]
    told: dict[str, str] = {}
    for row in rows:
        labels, codes = (re.findall(r"[\w-]+", cell) for cell in row.split("|")[1:3])
        wide = codes * len(labels) if len(codes) == 1 else codes
        told |= dict(zip(labels, wide, strict=False))
    assert told == {one.label: one.class_code for one in REFERENCE}


def labels_of(model: str) -> set[str]:
    file = Path(__file__).parents[3] / "models" / model / "labels.txt"
    return set(file.read_text(encoding="utf-8").split())


def test_the_street_models_labels_have_a_class_and_what_errs_too_often_opens_nothing() -> None:
    known = {one.label for one in REFERENCE}
    bags = {f"bag_{stream}" for stream in ("recyclable", "hazardous", "food", "residual")}
    assert labels_of("city-appearance") - known == {"person", *bags}
    assert known <= labels_of("city-appearance")
    assert labels_of("street-litter") & known == set()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("min_score", StreetClassConfig), ("open_looks", StreetClassConfig),
        ("open_s", StreetClassConfig), ("end_looks", StreetClassConfig),
        ("end_s", StreetClassConfig), ("update_min", StreetClassConfig),
        ("gap", StreetClassConfig), ("least", StreetClassConfig),
        ("answer_s", StreetscapeConfig), ("retry_min", StreetscapeConfig),
        ("looks_window_min", StreetscapeConfig), ("max_age_s", CarConfig), ("lost_min", CarConfig),
        ("sure", DisposalPointConfig), ("sure_to_speak", DisposalPointConfig),
        ("correct_s", DisposalPointConfig),
        ("beside_s", DisposalPointConfig), ("heap_s", DisposalPointConfig),
        ("gone_looks", DisposalPointConfig), ("gone_s", DisposalPointConfig),
        ("lift_s", DisposalPointConfig),
        ("least_bags", DisposalPointConfig), ("last_bags", DisposalPointConfig),
        ("bad_share", DisposalPointConfig), ("clear_share", DisposalPointConfig),
    ],
)  # fmt: skip
def test_the_figures_in_the_text_are_the_defaults(key: str, kind: Any) -> None:
    found = re.search(rf"`{key}`\)? (\d+(?:\.\d+)?)", DOCS)
    assert found is not None
    assert float(found.group(1)) == next(one.default for one in fields(kind) if one.name == key)


def test_zones_with_a_meaning_of_their_own_are_told_with_their_class() -> None:
    for one in OF_ZONES:
        assert f"`{one.zones[0]}`" in DOCS
        assert one.class_code in DOCS
    assert with_zones(REFERENCE, {"roadway", "pavement"}) == (OF_ZONES[0], *REFERENCE)
    check_classes((*OF_ZONES, *REFERENCE))


def test_what_is_open_can_stay_open() -> None:
    with pytest.raises(ValueError, match="still_score of 'bag' is above its min_score"):
        check_classes((StreetClassConfig("bag", "06036", still_score=0.6),))


def test_a_label_may_be_another_matter_in_another_zone_but_not_twice_in_one() -> None:
    here = StreetClassConfig("bag", "06010", zones=("yard",))
    check_classes((here, StreetClassConfig("bag", "06036")))
    with pytest.raises(ValueError, match="'bag' in zone 'yard' is there twice"):
        check_classes((here, StreetClassConfig("bag", "06036", zones=("yard", "road"))))


def test_bags_hang_before_one_bin_only() -> None:
    with pytest.raises(ValueError, match="before: not the zone of a bin"):
        DisposalPointConfig("dp", "cam", (BinConfig("a", "x", "b"), BinConfig("b", "y")))
    with pytest.raises(ValueError, match="before: each zone once"):
        DisposalPointConfig("dp", "cam", (BinConfig("a", "x", "c"), BinConfig("b", "y", "c")))
    at_both = BinConfig("a", "x", "at-a"), BinConfig("b", "y", "at-b")
    assert DisposalPointConfig("dp", "cam", at_both, ground=("at-a",)).bins == at_both


def test_what_counts_in_the_same_way_is_put_together() -> None:
    litter = [StreetClassConfig(name, "06010", gap=2.0, least=4) for name in ("can", "bottle")]
    kinds = [kind for kind, _ in kinds_of((*REFERENCE, *litter)) if kind.startswith("06010")]
    assert kinds == ["06010/waste_heap", "06010/bottle", "06010/bottle"]
