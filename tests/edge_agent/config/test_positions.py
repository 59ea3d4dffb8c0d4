"""The position scanner finds every key that tomllib finds, on the line where it stands."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.positions import KeyPath, line_of, positions

BARE = st.text("abcxyz019_-", min_size=1, max_size=4)
QUOTED = st.sampled_from(['"a b"', "'c.d'", '"q\\"x"', '"\\u00e9#"', "'[t]'", '""', '"粤"'])
SPACE = st.sampled_from(["", " ", "\t", "  "])
SCALARS = st.sampled_from(
    [
        "1",
        "-3.5e2",
        "true",
        "1979-05-27 07:32:00",
        "07:32:00",
        "0xff",
        "inf",
        '"plain"',
        '"with # [ ] { } = , inside"',
        '"escaped \\" and \\\\"',
        "'literal \\'",
        '""',
        '"""\nline\nline \\\n   joined "" here"""',
        '"""ends with quotes"""""',
        "'''\nraw\n''quoted'''''",
        '"""escaped \\""" still inside"""',
    ]
)
COMMENTS = st.sampled_from(["", " # x = [1, {", "  # '''", '# """'])


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    items = draw(st.lists(inner, max_size=3))
    gap = draw(st.sampled_from(["", " ", "\n", " # note ]\n", "\n\n  "]))
    tail = draw(st.sampled_from(["", ","])) if items else ""
    return "[" + gap + f",{gap}".join(items) + gap + tail + gap + "]"


@st.composite
def inline_tables(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(BARE, max_size=3, unique=True))
    return "{" + ", ".join(f"{key} = {draw(inner)}" for key in keys) + "}"


VALUES = st.recursive(SCALARS, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)


@st.composite
def statements(draw: st.DrawFn) -> str:
    parts = draw(st.lists(BARE | QUOTED, min_size=1, max_size=3))
    space = draw(SPACE)
    key = f"{space}.{space}".join(parts)
    kind = draw(st.sampled_from(["assign", "assign", "assign", "table", "array", "blank"]))
    text = {
        "assign": f"{key}{space}={space}{draw(VALUES)}",
        "table": f"[{space}{key}{space}]",
        "array": f"[[{space}{key}{space}]]",
        "blank": "",
    }[kind]
    return draw(SPACE) + text + draw(COMMENTS)


def all_paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return {path}.union(*(all_paths(one, (*path, key)) for key, one in inner))


@given(st.lists(statements(), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_the_scanner_finds_exactly_the_keys_that_tomllib_finds(
    lines: list[str], newline: str
) -> None:
    accepted = ""
    for line in lines:  # a statement that clashes with the ones before it is left out
        longer = f"{accepted}{line}\n"
        try:
            tomllib.loads(longer)
        except tomllib.TOMLDecodeError:
            continue
        accepted = longer
    text = accepted.replace("\n", newline)

    found = positions(text)

    assert set(found) == all_paths(tomllib.loads(text))


@given(st.lists(statements().map(lambda text: text + "\n"), max_size=12), st.integers(0, 5))
def test_lines_shift_with_what_stands_above(lines: list[str], above: int) -> None:
    text = ""
    for line in lines:
        try:
            tomllib.loads(text + line)
        except tomllib.TOMLDecodeError:
            continue
        text += line

    shifted = positions("# note\n" * above + text)

    assert {path: line - above for path, line in shifted.items() if path} == {
        path: line for path, line in positions(text).items() if path
    }


def test_every_kind_of_key_stands_on_its_line() -> None:
    text = '''# a file
[gateway]
a.b = 1
"x y" = """
several
lines"""
list = [1,
  {k = 2, m = []}, # last
]
[[devices]]
id = "first"
[[devices.sub]]
deep = 1
[devices.table]
[[devices]]
id = "second"
'''
    found = positions(text)
    assert found[("gateway",)] == 2
    assert found[("gateway", "a", "b")] == 3
    assert found[("gateway", "x y")] == 4
    assert found[("gateway", "list", 0)] == 7
    assert found[("gateway", "list", 1, "m")] == 8
    assert found[("devices", 0, "id")] == 11
    assert found[("devices", 0, "sub", 0, "deep")] == 13
    assert found[("devices", 0, "table")] == 14
    assert found[("devices", 1)] == 15
    assert found[("devices", 1, "id")] == 16


def test_a_missing_key_stands_where_its_table_stands() -> None:
    found = positions("\n\n[gateway]\nslot = 'a'\n")
    assert line_of(found, ("gateway", "district")) == 3
    assert line_of(found, ("hub", "url")) == 1
