"""The table of docs/dialects.md is what DIALECTS says."""

from __future__ import annotations

from pathlib import Path

from firmware_bridges.weighbridge import DIALECTS
from tests.firmware_bridges.foreign_frames import FOREIGN

PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"
NAMES = {
    *("yaohua-tf0", "yaohua-cmd", "yaohua-eq-reversed", "yaohua-eq-forward", "tenzo-m"),
    *("yaohua-a12e-xor", "wn-line", "st-gs-line", "plain-line", "stx-6digits-cr"),
    *("toledo-continuous", "mt-sics", "rice-lake-stream", "sma", "flintec-ft111d"),
    *("vishay-vt220", "m4222", "dingsong-ds822", "keli-xk3118k9"),
}


def test_every_dialect_that_was_promised_is_there() -> None:
    assert set(DIALECTS) >= NAMES


def test_the_page_has_a_row_for_each_dialect_word_for_word() -> None:
    rows = [
        f"| `{name}` | {one.about} | {'yes' if one.poll else 'no'} | {one.verified} |"
        for name, one in sorted(DIALECTS.items())
    ]
    page = PAGE.read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows


def test_every_dialect_but_the_first_is_held_against_foreign_frames() -> None:
    # yaohua-tf0 has a module of its own
    assert set(DIALECTS) - set(FOREIGN) == {"yaohua-tf0"}
