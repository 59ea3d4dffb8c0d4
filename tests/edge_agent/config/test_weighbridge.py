"""A weighbridge in gw.toml: each mistake with its key, what was expected and what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config.devices import WeighbridgeConfig
from edge_agent.config.values import Findings
from firmware_bridges.weighbridge import DIALECTS

GOOD = {"id": "wb-1", "link": "serial:/dev/ttyUSB0", "dialect": "yaohua-tf0"}


def read(**keys: object) -> tuple[WeighbridgeConfig | None, list[tuple[str, str, str]]]:
    findings = Findings(Path("gw.toml"), {}, Path())
    config = findings.read(WeighbridgeConfig, GOOD | keys, ("devices", 0))
    return config, [(m.key, m.expected, m.found) for m in findings.mistakes]


def test_three_keys_are_enough_in_every_dialect() -> None:
    for dialect in DIALECTS:
        config, mistakes = read(dialect=dialect)
        assert mistakes == []
        assert config is not None
        spec = DIALECTS[dialect]
        assert spec.settings(**config.indicator()).capacity == 80_000


def test_a_misspelt_dialect_is_told_with_all_names_and_the_nearest() -> None:
    _, ((key, expected, found),) = read(dialect="yaohua-eq-reverse")
    assert (key, found) == ("devices[0].dialect", "'yaohua-eq-reverse'")
    assert all(name in expected for name in DIALECTS)
    assert "did you mean 'yaohua-eq-reversed'?" in expected


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ({"fixed_zero": "multiply"}, "fixed_zero", "only with toledo-continuous; yaohua-tf0 has"),
        ({"checksum": "auto"}, "checksum", "only with toledo-continuous"),
        ({"address": "B"}, "address", "only with keli-xk3118k9, st-gs-line, yaohua-cmd"),
        ({"trust_motion": True}, "trust_motion", "only with mt-sics"),
        ({"dialect": "yaohua-cmd", "address": "b"}, "address", "one letter from A to Z"),
        ({"dialect": "st-gs-line", "address": "7"}, "address", "two digits"),
        ({"dialect": "yaohua-cmd", "ask_for": "tare"}, "ask_for", "gross"),
        ({"decimals": 6}, "decimals", "0 to 5"),
        ({"data_bits": 9}, "data_bits", "7"),
        ({"unit": "stone"}, "unit", "kg"),
        ({"min_kg": 90_000}, "min_kg", "less than capacity_kg"),
        ({"ask_every_s": 0.01}, "ask_every_s", "0.05"),
        ({"orientation": "reversed"}, "orientation", "a known key"),
    ],
)
def test_a_wrong_key_is_named_with_what_was_expected(
    keys: dict[str, object], key: str, words: str
) -> None:
    config, mistakes = read(**keys)
    assert config is None or key == "orientation"
    assert [(found, words in expected) for found, expected, _ in mistakes] == [
        (f"devices[0].{key}", True)
    ]
