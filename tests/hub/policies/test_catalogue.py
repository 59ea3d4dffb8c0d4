"""Tables of classes: every row is taken or refused with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policies.catalogue import DIGITS, LOCAL, Catalogue, code_text, ref_of
from hub.policies.catalogue_files import (
    as_csv,
    assemble_catalogue,
    import_codes,
    shipped_catalogue,
)
from hub.policies.faults import CatalogueRefused

CITY = "gbt47678-2026"
AUTHORITYS = """\
kind,code5,major_code,major_name,name
component,01001,01,市政公用设施,供水井盖
matter,06010,06,市容环境类,暴露垃圾
matter,6011,06,市容环境类,积存垃圾渣土
,,,,
matter,06010,06,市容环境类,暴露垃圾（重复）
thing,06012,06,市容环境类,道路不洁
matter,06013,06,市容环境类
matter,06014,06,市容环境类,
component,06010,06,园林绿化,同号部件
"""


def test_each_row_is_taken_or_refused_with_its_line() -> None:
    found = import_codes("codes.csv", AUTHORITYS.encode(), CITY)
    assert [(row.kind, row.code, row.zh, row.major) for row in found.taken] == [
        ("component", "01001", "供水井盖", "市政公用设施"),
        ("matter", "06010", "暴露垃圾", "市容环境类"),
        ("component", "06010", "同号部件", "园林绿化"),
    ]
    assert [str(fault) for fault in found.refused] == [
        "codes.csv:4: code '6011': expected five digits (a spreadsheet drops leading zeros)",
        "codes.csv:6: matter 06010 again: expected each code once, line 3 has it",
        "codes.csv:7: kind 'thing': expected component or matter (部件, 事件)",
        "codes.csv:8: 4 cells: expected 5, as in the header",
        "codes.csv:9: code 06014: expected its name",
    ]
    assert found.rows == len(found.taken) + len(found.refused) == 8


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_that_offices_use_say_the_same(encoding: str) -> None:
    plain = import_codes("codes.csv", AUTHORITYS.encode(), CITY)
    assert import_codes("codes.csv", AUTHORITYS.encode(encoding), CITY) == plain


def test_a_header_in_chinese_and_quoted_cells_with_line_breaks_are_read() -> None:
    text = '类型,编码,名称,备注\n事件,0101,"私搭\n乱建",a\n事件,01,x,b\n'
    found = import_codes("旧.csv", text.encode("gb18030"), "gbt30428-2013")
    assert [(row.code, row.zh, row.note) for row in found.taken] == [("0101", "私搭\n乱建", "a")]
    assert [fault.line for fault in found.refused] == [4]


WHOLE_REFUSED = {
    b"": "codes.csv: empty: expected kind,code,zh,en,major,note",
    b"code,name\n01001,x\n": "codes.csv:1: no column for kind: expected a header such as kind,code,zh",
    b"kind,code,zh\nmatter,06010,\xff\xff\n": "codes.csv:2: expected UTF-8 or GB 18030",
    b'kind,code,zh\nmatter,06010,"x\n': "codes.csv:2: unexpected end of data: expected CSV",
    b"#" * (8 * 1024 * 1024 + 1): "codes.csv: expected at most 8388608 bytes",
}


@pytest.mark.parametrize("content", WHOLE_REFUSED, ids=lambda content: content[:12])
def test_what_is_no_table_is_refused_whole(content: bytes) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        import_codes("codes.csv", content, CITY)
    assert str(refused.value).startswith(WHOLE_REFUSED[content])


_CELLS = st.sampled_from(["matter", "component", "部件", "06010", "06011", "6010", "x", "", "名", "E0101"])  # fmt: skip


@given(st.lists(st.lists(_CELLS, max_size=5), max_size=30))
def test_no_row_disappears(rows: list[list[str]]) -> None:
    text = "kind,code,zh\n" + "".join(",".join(row) + "\n" for row in rows)
    found = import_codes("codes.csv", text.encode(), CITY)
    assert found.rows == sum(any(row) for row in rows)
    assert found.rows == len(found.taken) + len(found.refused)
    assert len({row.ref for row in found.taken}) == len(found.taken)
    again = import_codes("codes.csv", as_csv(found.taken), CITY)
    assert (again.taken, again.refused) == (found.taken, ())


@given(st.binary(max_size=120))
def test_any_bytes_are_answered(content: bytes) -> None:
    try:
        found = import_codes("codes.csv", b"kind,code,zh\n" + content, CITY)
    except CatalogueRefused as refused:
        found = None
        said = [fault.text for fault in refused.faults]
    else:
        said = [fault.text for fault in found.refused]
    assert all("expected" in text for text in said)
    assert found is not None or said


def test_components_and_matters_share_numbers_and_are_told_apart() -> None:
    found = assemble_catalogue({f"{CITY}.csv": _sound()})
    assert found.find(CITY, "06010") != found.find(CITY, "component:06010")
    assert [row.zh for row in found.starting(CITY, "component:0")] == ["供水井盖", "同号部件"]
    for code in ("06010", "component:06010"):
        assert code_text(*ref_of(CITY, code)[1:]) == code


def _sound() -> bytes:
    return as_csv(import_codes("codes.csv", AUTHORITYS.encode(), CITY).taken)


def shipped_with(**files: bytes) -> Catalogue:
    named = {f"{name.replace('_', '-')}.csv": content for name, content in files.items()}
    return assemble_catalogue(named, over=shipped_catalogue())


def test_the_shipped_tables_are_sound_bilingual_and_labelled_where_second_hand() -> None:
    rows = shipped_catalogue().classes.values()
    assert shipped_catalogue().names() == (LOCAL, "gbt30428-2013", CITY)
    assert all(row.zh and row.en and row.major for row in rows)
    assert all(DIGITS[row.catalogue].fullmatch(row.code) for row in rows)
    assert all("second-hand" in row.note for row in rows if row.catalogue != LOCAL)


def test_the_older_version_maps_to_the_newer_where_they_mean_the_same() -> None:
    known = shipped_catalogue()
    assert known.translated("gbt30428-2013", "0110") == (CITY, "06010")
    assert known.translated("gbt30428-2013", "0311") is None
    assert known.translated(CITY, "06010") is None
    for row in known.mapping.values():
        old, new = known.classes[row.source], known.classes[row.target]
        assert (old.zh[:2] == new.zh[:2]) or row.fit == "near"


def test_rows_of_our_own_stand_above_the_shipped_ones_and_keep_their_english_names() -> None:
    found = shipped_with(
        gbt47678_2026="kind,code,zh\nmatter,06010,垃圾\nmatter,06012,道路不洁\n".encode()
    )
    told = [found.find(CITY, code) for code in ("06010", "06012", "06011")]
    assert [(row.zh, row.en) for row in told if row] == [
        ("垃圾", "Exposed waste"), ("道路不洁", ""), ("积存垃圾渣土", "Accumulated waste or rubble"),
    ]  # fmt: skip
    assert found.mapping == shipped_catalogue().mapping


MAPPING = "from_catalogue,from_kind,from_code,to_catalogue,to_kind,to_code,fit,note\n"


def test_mappings_that_lead_nowhere_are_refused_with_their_lines() -> None:
    rows = [
        f"gbt30428-2013,matter,0110,{CITY},matter,06099,same,",
        f"gbt30428-2013,matter,0110,{CITY},matter,06010,same,",
        f"gbt30428-2013,matter,0111,{CITY},matter,06011,alike,",
        f"gbt30428-2013,event,0111,{CITY},matter,06011,same,",
        f"{CITY},matter,06011,{CITY},matter,06011,same,",
        f"elsewhere,matter,1,{CITY},matter,06011,same,",
        "short,row",
    ]
    with pytest.raises(CatalogueRefused) as refused:
        shipped_with(mapping=(MAPPING + "\n".join(rows)).encode())
    assert [str(fault) for fault in refused.value.faults] == [
        f"mapping.csv:2: {CITY} matter 06099: expected a class of {CITY}.csv",
        "mapping.csv:3: gbt30428-2013 matter 0110 again: expected one target for each",
        "mapping.csv:4: fit 'alike': expected same or near",
        "mapping.csv:5: from_kind 'event': expected component or matter",
        "mapping.csv:6: expected two different classes",
        "mapping.csv:8: 2 cells: expected 8",
    ]


def test_tables_of_our_own_are_refused_whole_with_every_fault() -> None:
    with pytest.raises(CatalogueRefused) as refused:
        shipped_with(edile_local=b"kind,code,zh\nmatter,E1,x\n", Bad=b"", mapping=b"a,b\n")
    assert [str(fault).split(":")[0] for fault in refused.value.faults] == [
        "Bad.csv", "edile-local.csv", "mapping.csv",
    ]  # fmt: skip
