"""Rosters of terminal servers: every mistake with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config.devices.terminal_roster import load_roster
from edge_agent.config.devices.terminals import Jt808ServerConfig, check_network, roster_of
from edge_agent.errors import ConfigError, StopError


def test_a_roster_is_by_number_without_leading_zeros_in_toml_and_csv(tmp_path: Path) -> None:
    toml, csv = tmp_path / "a.toml", tmp_path / "a.csv"
    toml.write_text(
        '[[terminals]]\nnumber = "013912345678"\nname = "Sweeper 12"\nzone = "+08:00"\n'
        '[[terminals]]\nnumber = "013987654321"\nkind = "truck"\nname = "粤A12345"\n'
    )
    csv.write_text(
        "number,kind,name,zone\n013912345678,,Sweeper 12,+08:00\n\n013987654321,truck,粤A12345,\n",
        encoding="utf-8-sig",
    )
    known = load_roster(toml)
    assert load_roster(csv) == known
    assert set(known) == {"13912345678", "13987654321"}
    assert known["13912345678"].zone_s == 8 * 3600
    assert known["13987654321"].kind == "truck"
    assert known["13987654321"].zone_s is None


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[[terminals]]\nnumber = "no number"\n', 2, "terminals[0].number"),
        ('[[terminals]]\nname = "x"\n', 1, "terminals[0].number"),
        ('[[terminals]]\nnumber = "1"\nkind = "boat"\n', 3, "terminals[0].kind"),
        ('[[terminals]]\nnumber = "1"\nzone = "Mars"\n', 3, "terminals[0].zone"),
        ('[[terminals]]\nnumber = "1"\naccept = "yes"\n', 3, "terminals[0].accept"),
        ('[[terminals]]\nnumber = "1"\ntrust_since = "today"\n', 3, "terminals[0].trust_since"),
        ('[[terminals]]\nnumber = "1"\nmodel_file = "no.toml"\n', 3, "terminals[0].model_file"),
        ('[[terminals]]\nnumber = "1"\ncolour = "red"\n', 3, "terminals[0].colour"),
        (
            '[[terminals]]\nnumber = "01"\n[[terminals]]\nnumber = "1"\n', 4,
            "terminals[1].number",
        ),
    ],
)  # fmt: skip
def test_every_mistake_has_its_file_line_and_key(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    file = tmp_path / "roster.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_roster(file)
    found = [(one.file, one.line, one.key) for one in caught.value.mistakes]
    assert found == [(file, line, key)]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"number,colour\n1,red\n", 1),
        (b"number,number\n1,1\n", 1),
        (b"number\n1\n2,3\n", 3),
        (b"number,kind\n1,badge\n2,boat\n", 3),
        ("number,name\n1,粤A\n".encode("gbk"), 2),
    ],
    ids=["unknown column", "column twice", "too many fields", "wrong word", "not UTF-8"],
)
def test_a_mistake_of_a_csv_file_has_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_roster(file)
    assert [(one.file, one.line) for one in caught.value.mistakes] == [(file, line)]


def test_a_roster_that_cannot_be_read_says_whose_it_is(tmp_path: Path) -> None:
    missing = tmp_path / "none.csv"
    config = Jt808ServerConfig(id="terms-1", listen="tcp:127.0.0.1:7808", roster_file=missing)
    with pytest.raises(StopError, match=r"terms-1: .*none\.csv"):
        roster_of(config)


@pytest.mark.parametrize("text", ["10.64.0.1/10", "everywhere", "10.64.0.0/33"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a network such as"):
        check_network(text)
