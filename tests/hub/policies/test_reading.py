"""A scenario file becomes the struct, one to one; what is wrong is told with its line and what to write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.deadlines import Stage
from hub.policies import PolicyRefused, shipped_files
from hub.policies.faults import Fault
from hub.policies.policy import (
    Dedupe,
    Evidence,
    Expiry,
    Filing,
    OwnerRule,
    Policy,
    Recurrence,
    Step,
    Text,
    Texts,
    Verification,
)
from hub.policies.reading import read_policy
from tests.hub.policies.scenarios import read, refusals, written

WHOLE = """\
title:
  zh: 店外经营
  en: Shop trading outside
ask:
  zh: 劝导入店经营
  en: Have it move its goods inside
classes: [09005, 0900*]
catalogue: gbt47678-2026
priority: high
review: true
filing: {min_confidence: 60 %, min_looks: 2, sources: [gateway, drone]}
owner: {by: gateway, overlay: shop-fronts}
deadlines:
  - accept: 0.5 urgent-hour
    since: dispatched
  - {resolve: 4 working-hour}
late_share: 0.3
escalation:
  - {name: half-way, remind: assisting, at: 50 %, of: accept}
  - {name: late, escalate: parent, after: 2.5 working-day, priority: urgent}
evidence: {closing_photos: 2, within: 0.5 km}
verification:
  edge-relook: {between: 5 min and 2 h, answer_within: 1 h, min_confidence: 0.75, again_after: 2 days}
dedupe: {key: cell, cell: 250 m, radius: 30 m, window: 3 days, same_source: join}
recurrence: {rework_after: 2 h, reopen_within: 90 min, relapse_within: 14 days}
on_end: relook
expiry: {after: 3 calendar-day, states: [review, returned]}
"""


def test_every_key_of_a_file_is_a_field_of_the_policy() -> None:
    assert read_policy("shop.yaml", WHOLE.encode(), version=4) == Policy(
        name="shop",
        version=4,
        texts=Texts(
            zh=Text(title="店外经营", ask="劝导入店经营"),
            en=Text(title="Shop trading outside", ask="Have it move its goods inside"),
        ),
        classes=("09005", "0900*"),
        catalogue="gbt47678-2026",
        priority="high",
        review=True,
        filing=Filing(min_confidence=0.6, min_looks=2, sources=("gateway", "drone")),
        owner=OwnerRule(by="gateway", overlay="shop-fronts"),
        stages=(
            Stage(name="accept", amount=0.5, unit="urgent-hour", since="dispatched"),
            Stage(name="resolve", amount=4, unit="working-hour", since="opened"),
        ),
        late_share=0.3,
        escalation=(
            Step(name="half-way", do="remind", to="assisting", of="accept", share=0.5),
            Step(
                name="late",
                do="escalate",
                to="parent",
                after=2.5,
                unit="working-day",
                priority="urgent",
            ),
        ),
        evidence=Evidence(closing_photos=2, within_m=500),
        verification=Verification(
            mode="edge-relook",
            earliest_min=5,
            latest_min=120,
            answer_within_min=60,
            min_confidence=0.75,
            again_after_h=48,
        ),
        dedupe=Dedupe(key="cell", cell_m=250, radius_m=30, window_h=72, same_source="join"),
        recurrence=Recurrence(rework_after_min=120, reopen_within_h=1.5, within_days=14),
        on_end="relook",
        expiry=Expiry(amount=3, unit="calendar-day", states=("review", "returned")),
    )


def test_what_a_file_leaves_out_is_as_the_struct_has_it() -> None:
    texts = Texts(zh=Text(title="店外经营"), en=Text(title="Shop trading outside"))
    stages = (Stage(name="resolve", amount=4, unit="urgent-hour"),)
    assert read() == Policy(
        name="shop", texts=texts, classes=("09005",), catalogue="gbt47678-2026", stages=stages
    )
    filed = read(classes=None, kinds="[disk-low]", **{"class": "E0903"})
    assert (filed.kinds, filed.class_code, filed.catalogue) == (
        ("disk-low",),
        "E0903",
        "edile-local",
    )
    own = read(classes=None, kinds="[reported]", **{"class": "from-event"})
    assert own.class_code is None


def test_short_forms_say_the_same_as_long_ones() -> None:
    assert read(owner="gateway").owner == read(owner="{by: gateway}").owner
    assert read(owner="{unit: sanitation-3}").owner == OwnerRule(unit="sanitation-3")
    assert read(dedupe="object").dedupe == read(dedupe="{key: object}").dedupe
    assert read(expiry="never").expiry is None
    assert read(time=None, deadlines="[{resolve: 4 urgent-hour}]") == read()
    assert read(verification="none").verification == Verification(mode="none")
    assert read(verification="edge-relook").verification == Verification(mode="edge-relook")


def test_a_class_code_stays_five_digits_however_it_is_written() -> None:
    assert read(classes="[06010, '08011', \"09006\"]").classes == ("06010", "08011", "09006")


def test_a_mark_that_windows_editors_write_and_its_line_ends_change_nothing() -> None:
    content = b"\xef\xbb\xbf" + written({}).replace(b"\n", b"\r\n")
    assert read_policy("shop.yaml", content) == read()


def test_words_that_yaml_would_make_truth_or_dates_stay_words() -> None:
    found = read(title="{zh: 不, en: no}", ask="{zh: 2026-11-21, en: 'on'}")
    assert (found.texts.en.title, found.texts.zh.ask) == ("no", "2026-11-21")


REFUSED: dict[str, tuple[str | None, str]] = {
    "title: {zh: 店外经营}": ("1", "title: en is missing: expected it here"),
    "title: {zh: '', en: x}": ("1", "title: zh: expected text"),
    "title: {zh: ~, en: x}": ("1", "title: zh: expected text"),
    "title: Shop": ("1", "title: expected texts {zh: ..., en: ...}"),
    "title: {zh: x, en: " + "y" * 81 + "}": ("1", "81 characters: expected at most 80"),
    "ask: {en: x}": ("4", "ask: zh is missing"),
    "titel: {}": ("4", "'titel' is unknown: expected one of title, "),
    "classes: 09005": ("2", "classes: expected a list of class codes, such as [a, b]"),
    "classes: []": ("2", "an empty list: expected class codes, or leave the key out"),
    "classes: [99999]": ("2", "99999: no class of gbt47678-2026"),
    "classes: [05*]": ("2", "05*: no class of gbt47678-2026 begins so"),
    "classes: [0*5]": ("2", "0*5: no class of gbt47678-2026 begins so"),
    "classes: ['09005', '09005']": ("2", "09005 again: expected each class once"),
    "classes: ['component:09005']": ("2", "component:09005: no class of gbt47678-2026"),
    "kinds: [disk-low]": ("2", "expected kinds or classes, not both"),
    "class: E0903": ("4", "expected no class beside classes"),
    "catalogue: gbt-1999": ("4", "'gbt-1999' is unknown: expected one of edile-local, gbt30428-2013, gbt47678-2026"),
    "priority: hihg": ("4", "'hihg' is unknown: expected one of low, normal, high, urgent; did you mean high?"),
    "priority: [high]": ("4", "priority: expected one of low, normal, high, urgent"),
    "review: yes": ("4", "'yes': expected true or false"),
    "filing: {min_confidence: 1.2}": ("4", "'1.2': expected a share from 0 to 1, such as 0.5 or 50 %"),
    "filing: {min_confidence: -1 %}": ("4", "'-1 %': expected a share from 0 to 1"),
    "filing: {min_looks: 0}": ("4", "'0': expected a whole number from 1 to 100"),
    "filing: {min_looks: 1.5}": ("4", "'1.5': expected a whole number"),
    "filing: {sources: [drone, bird]}": ("4", "sources: 'bird' is unknown: expected one of gateway, drone"),
    "owner: somebody": ("4", "'somebody' is unknown: expected one of place, gateway"),
    "owner: {unit: u-1, by: place}": ("4", "expected no by and no overlay beside it"),
    "time: 4": ("3", "'4': expected an amount and its unit, such as 4 urgent-hour"),
    "time: 4 hours": ("3", "'4 hours': expected an amount and its unit"),
    "time: -4 urgent-hour": ("3", "'-4 urgent-hour': expected an amount from 0 to 100000"),
    "time: 0 urgent-hour": ("3", "resolve: expected more than 0"),
    "time: .nan urgent-hour": ("3", "'.nan urgent-hour': expected an amount and its unit"),
    "time: 1e9 urgent-hour": ("3", "'1e9 urgent-hour': expected an amount"),
    "deadlines: [{resolve: 1 working-day}]": ("3", "expected time or deadlines, not both"),
    "late_share: 110 %": ("4", "'110 %': expected a share"),
    "evidence: {closing_photos: -1}": ("4", "'-1': expected a whole number from 0 to 20"),
    "evidence: {within: 30}": ("4", "'30': expected a distance with its unit, such as 30 m"),
    "evidence: {within: 0 m}": ("4", "'0 m': expected more than 0"),
    "evidence: {within: 6 km}": ("4", "'6 km': expected at most 5000 m"),
    "verification: someone": ("4", "'someone' is unknown: expected one of edge-relook, other-person, none"),
    "verification: {other-person: {}}": ("4", "expected one of edge-relook, other-person, none, or edge-relook: {"),
    "verification: {edge-relook: {between: 60 min and 5 min}}": ("4", "expected the earlier end first, such as 5 min and 60 min"),
    "verification: {edge-relook: {between: 5 min}}": ("4", "'5 min': expected a window such as 5 min and 60 min"),
    "verification: {edge-relook: {between: 5 and 60}}": ("4", "'5': expected a time with its unit"),
    "verification: {edge-relook: {again_after: 0 h}}": ("4", "'0 h': expected more than 0"),
    "verification: {edge-relook: {answer_within: -3 min}}": ("4", "'-3 min': expected more than 0"),
    "escalation: [{name: a, remind: owner}]": ("4", "a: expected either at: a share of the stage's time"),
    "escalation: [{name: a, remind: owner, at: 50 %, after: 1 working-hour}]": ("4", "a: expected either at:"),
    "escalation: [{name: a, at: 50 %}]": ("4", "a: expected either remind: WHOM or escalate: WHOM"),
    "escalation: [{name: a, remind: owner, escalate: parent, at: 50 %}]": ("4", "a: expected either remind"),
    "escalation: [{name: a, remind: owner, at: 150 %}]": ("4", "at: '150 %': expected a share"),
    "escalation: [{name: a, remind: mayor, at: 1}]": ("4", "'mayor' is unknown: expected one of owner, assisting, parent, district"),
    "escalation: [{name: a, remind: owner, at: 1, of: accept}]": ("4", "of: 'accept' is no deadline of this file: expected one of resolve"),
    "escalation: [{name: a, remind: owner, at: 1, priority: high}]": ("4", "a reminder changes no priority"),
    "escalation: [{name: a, remind: owner, at: 1}, {name: a, remind: owner, at: 0.5}]": ("4", "a again: expected each step once"),
    "escalation: [{name: a, escalate: parent, at: 1, priority: normal}]": ("4", "priority: normal: expected above the order's own, normal"),
    "dedupe: {key: street}": ("4", "'street' is unknown: expected one of problem, object, cell"),
    "dedupe: {key: object, cell: 50 m}": ("4", "cell: expected it only with key: cell, not with key: object"),
    "dedupe: {key: problem, window: 3 h}": ("4", "window: expected a radius beside it"),
    "dedupe: {key: problem, same_source: join}": ("4", "same_source: expected a radius beside it"),
    "dedupe: {radius: -5 m}": ("4", "'-5 m': expected 0 or more"),
    "recurrence: {reopen_within: 8 days, relapse_within: 7 days}": ("4", "reopen_within: expected no longer than relapse_within"),
    "on_end: close": ("4", "'close' is unknown: expected one of auto-resolve, wait, relook"),
    "on_end: relook": ("4", "on_end: relook: expected verification: edge-relook"),
    "expiry: soon": ("4", "'soon' is unknown: expected one of never"),
    "expiry: {after: 0 urgent-hour}": ("4", "after: expected more than 0, or expiry: never"),
    "expiry: {states: [review]}": ("4", "expiry: after is missing"),
    "expiry: {after: 3 working-day, states: [closed]}": ("4", "'closed' is unknown: expected one of review"),
    'title: {zh: "a\\nb", en: x}': ("1", "title: zh: expected one line"),
    "? [a]\n: 1": ("4", "expected a key that is a word"),
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_wrong_is_told_with_its_line_and_what_to_write(line: str) -> None:
    key, _, value = line.partition(": ")
    content = written({key: value}) if key[0] != "?" else written({}) + line.encode()
    at, said = REFUSED[line]
    found = refusals(content)
    assert len(found) == 1, found
    assert found[0].startswith(f"shop.yaml:{at}: ")
    assert said in found[0]


STAGES = {
    "two resolve": ("- resolve: 1 working-day\n- resolve: 2 working-day\n", 2, "resolve again: expected each deadline once"),
    "none": ("- accept: 1 working-day\n", 1, "no resolve among the deadlines"),
    "unknown moment": ("- {resolve: 1 working-day, since: lunch}\n", 1, "since: 'lunch' is no moment of an order: expected one of opened, dispatched, resolved"),
    "itself": ("- {resolve: 1 working-day, since: resolve}\n", 1, "expected a moment that does not wait for resolve"),
    "in a circle": ("- {resolve: 1 working-day}\n- {a: 1 working-day, since: b}\n- {b: 1 working-day, since: a}\n", 2, "since: b: expected a moment that does not wait for a"),
    "after its own end": ("- {resolve: 1 working-day, since: resolved}\n", 1, "expected a moment before resolve is done"),
    "two in one": ("- {resolve: 1 working-day, accept: 2 working-day}\n", 1, "expected a deadline such as {resolve: 4 urgent-hour, since: opened}"),
    "no amount": ("- {resolve: soon}\n", 1, "'soon': expected an amount and its unit"),
    "a name like no name": ("- {Resolve It: 1 working-day}\n", 1, "'Resolve It': expected a deadline such as"),
}  # fmt: skip


@pytest.mark.parametrize("case", STAGES)
def test_deadlines_that_cannot_be_are_refused_where_they_stand(case: str) -> None:
    text, line, said = STAGES[case]
    found = refusals(written({"time": None}) + b"deadlines:\n" + text.encode())
    assert any(one.startswith(f"shop.yaml:{3 + line}: ") and said in one for one in found), found


def test_a_file_without_any_deadline_or_claim_says_both() -> None:
    assert refusals(written({"time": None, "classes": None})) == [
        "shop.yaml: expected kinds: of events it answers for, or classes: where events bring their class",
        "shop.yaml: no deadline: expected time: 4 urgent-hour, or deadlines: with a resolve among them",
    ]


def test_kinds_need_the_class_they_are_filed_under() -> None:
    found = refusals(written({"classes": None, "kinds": "[disk-low, disk-low]"}))
    assert found == [
        "shop.yaml:3: class is missing: expected the code these events are filed under, or class: from-event",
        "shop.yaml:3: disk-low again: expected each kind once",
    ]


@pytest.mark.parametrize("code", ["'E09*'", "'*'", "E0999"])
def test_events_of_a_kind_are_filed_under_one_class_that_exists(code: str) -> None:
    found = refusals(written({"classes": None, "kinds": "[disk-low]", "class": code}))
    wanted = (
        "expected one class, under which" if "*" in code else "no class of edile-local: expected"
    )
    assert len(found) == 1
    assert found[0].startswith(f"shop.yaml:4: {code.strip(chr(39))}: {wanted}")


def test_what_could_not_be_read_is_not_complained_of_twice() -> None:
    changes = {
        "verification": "someone",
        "on_end": "relook",
        "deadlines": "[{resolve: 1}]",
        "time": None,
    }
    late = {"escalation": "[{name: a, remind: owner, at: 1, of: accept}]", "priority": "hihg"}
    assert [one.split(":")[1] for one in refusals(written({**changes, **late}))] == ["3", "5", "7"]


def test_every_fault_of_a_file_is_told_at_once_in_order_of_lines() -> None:
    content = (
        WHOLE.replace("high", "higher")
        .replace("true", "maybe")
        .replace("cell: 250 m", "cell: 250")
        .encode()
    )
    found = refusals(content, "shop front.yaml")
    assert [one.split(":")[1].strip() for one in found] == [
        "expected a file name of small letters, digits and hyphens",
        *("9", "10", "24"),
    ]  # fmt: skip


NOT_YAML = {
    "alias": (b"a: &x 1\nb: *x\n", [("1", "&x: expected no anchor"), ("2", "*x: expected the value itself")]),
    "tag": (b"a: !!python/object:os.system x\n", [("1", "expected plain values without tags")]),
    "two documents": (b"a: 1\n---\nb: 2\n", [("2", "expected one document in a file")]),
    "deep": (b"[" * 100_00, [("1", "expected at most 8 levels")]),
    "broken": (b"title: x\n  y: z\n", [("2", "expected YAML: ")]),
    "tab": (b"title:\n\tzh: x\n", [("2", "expected YAML: ")]),
    "empty": (b"# nothing\n", [(None, "the file is empty")]),
    "list": (b"- a\n", [("1", "expected a scenario")]),
    "latin-1": ("title:\n  zh: café\n".encode("latin-1"), [("2", "expected UTF-8")]),
    "nul": (b"a: \0\n", [(None, "expected YAML")]),
    "huge": (b"#" * 65_537, [(None, "65537 bytes: expected at most 65536")]),
    "key twice": (written({}) + b"time: 5 urgent-hour\n", [("4", "time again: expected each key once")]),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_YAML)
def test_what_is_no_plain_yaml_is_refused_before_it_is_read(case: str) -> None:
    content, wanted = NOT_YAML[case]
    found = refusals(content)
    assert len(found) == len(wanted), found
    for said, (line, text) in zip(found, wanted, strict=True):
        assert said.startswith("shop.yaml: " if line is None else f"shop.yaml:{line}: ")
        assert text in said


def test_aliases_that_multiply_are_refused_without_being_multiplied() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert len(refusals(bomb.encode())) == 25


def faults_of(name: str, content: bytes) -> tuple[Fault, ...]:
    try:
        read_policy(name, content)
    except PolicyRefused as refused:
        return refused.faults or (Fault(name, -1, "refused without a reason"),)
    return ()


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_what_was_expected(content: bytes) -> None:
    faults = faults_of("shop.yaml", content)
    assert faults
    assert all("expected" in fault.text for fault in faults)


_FILES = sorted(shipped_files().items())


@given(st.sampled_from(_FILES), st.integers(0, 3000), st.text(max_size=6), st.integers(0, 12))
def test_a_damaged_file_is_read_or_refused_with_lines_that_exist(
    file: tuple[str, bytes], at: int, put: str, cut: int
) -> None:
    text = file[1].decode()
    damaged = (text[:at] + put + text[at + cut :]).encode("utf-8", "surrogatepass")
    last = len(re.split(rb"\r\n|[\n\r]|\xc2\x85|\xe2\x80[\xa8\xa9]", damaged)) + 1
    for fault in faults_of(file[0], damaged):
        assert 0 <= fault.line <= last
        assert "expected" in fault.text
