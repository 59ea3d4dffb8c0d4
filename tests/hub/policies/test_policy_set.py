"""Which policy answers for what, and what is wrong with a whole set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policies import PolicyRefused, PolicySet, assemble, load_shipped
from tests.hub.policies.scenarios import written

CITY = "gbt47678-2026"


def files(**changes: dict[str, str | None]) -> dict[str, bytes]:
    return {f"{name.replace('_', '-')}.yaml": written(change) for name, change in changes.items()}


STREETS = files(
    one={"classes": '["06010"]'},
    few={"classes": "['060*']"},
    many={"classes": "['06*']"},
    rest={"classes": "['*']"},
    silent={"classes": None, "kinds": "[indicator-silent]", "class": "E0112"},
    duty={"classes": None, "kinds": "[duty-overdue]", "class": "E0701"},
    gas={"classes": None, "kinds": "['duty-overdue:gas-inspection']", "class": "E0703"},
)


def named(of: PolicySet, kind: str, code: str | None = None, catalogue: str | None = CITY) -> str:
    found = of.for_event(kind, code, catalogue)
    return "-" if found is None else found.name


def test_a_class_goes_to_the_most_specific_file() -> None:
    of = assemble(STREETS)
    assert [named(of, code, code) for code in ("06010", "06011", "06100", "07001")] == ["one", "few", "many", "rest"]  # fmt: skip


def test_without_a_catalogue_a_class_is_the_citys() -> None:
    assert named(assemble(STREETS), "06010", "06010", None) == "one"


def test_a_beginning_is_of_its_own_catalogue_and_the_star_of_all() -> None:
    of = assemble(STREETS)
    assert named(of, "06010", "06010", "edile-local") == "rest"
    assert named(of, "0604", "0604", "gbt30428-2013") == "rest"


def test_a_class_of_the_older_catalogue_is_read_as_the_newer_ones() -> None:
    of = assemble(STREETS)
    assert named(of, "0110", "0110", "gbt30428-2013") == "one"
    assert named(of, "0311", "0311", "gbt30428-2013") == "rest"  # only nearly the same


def test_a_kind_goes_to_its_file_or_to_that_of_what_stands_before_the_colon() -> None:
    of = assemble(STREETS)
    assert named(of, "duty-overdue:gas-inspection") == "gas"
    assert named(of, "duty-overdue:bin-wash") == "duty"
    assert named(of, "indicator-silent") == "silent"
    assert named(of, "no-such-kind") == "-"


def test_a_person_who_reports_a_class_that_events_are_filed_under_gets_their_policy() -> None:
    of = assemble(STREETS)
    assert named(of, "reported", "E0112", "edile-local") == "silent"


def test_a_class_that_several_kinds_are_filed_under_is_nobodys_in_particular() -> None:
    both = files(
        a={"classes": None, "kinds": "[disk-low]", "class": "E0903"},
        b={"classes": None, "kinds": "[shed]", "class": "E0903"},
    )
    assert named(assemble(both), "reported", "E0903", "edile-local") == "-"


def test_reports_without_a_class_of_their_own_have_a_policy_in_every_set() -> None:
    assert assemble(STREETS).reported() is load_shipped().reported()
    own = files(reported={"classes": None, "kinds": "[reported]", "class": "from-event"})
    assert assemble(own).reported() is not load_shipped().reported()


def test_before_the_rest_a_kind_of_its_own_answers_for_a_class_without_a_file() -> None:
    of = assemble(
        {
            **STREETS,
            **files(reported={"classes": None, "kinds": "[reported]", "class": "from-event"}),
        }
    )
    assert named(of, "reported", "07001") == "reported"
    assert named(of, "reported", "06010") == "one"


def test_versions_are_told_by_name_with_or_without_yaml() -> None:
    of = assemble(STREETS, {"one": 7, "few.yaml": 3})
    assert [of.by_name[name].version for name in ("one", "few", "many")] == [7, 3, 1]
    assert of.names() == tuple(sorted(("one", "few", "many", "rest", "silent", "duty", "gas")))


TWICE = {
    "kind": files(
        a={"classes": None, "kinds": "[disk-low]", "class": "E0903"},
        b={"classes": None, "kinds": "[shed, disk-low]", "class": "E0904"},
    ),
    "class of gbt47678-2026": files(
        a={"classes": '["06010"]'}, b={"classes": '["06011", "06010"]'}
    ),
    "class *": files(a={"classes": "['*']"}, b={"classes": "['*']", "catalogue": "edile-local"}),
}


@pytest.mark.parametrize("what", TWICE)
def test_two_policies_for_one_thing_are_refused_by_name(what: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        assemble(TWICE[what])
    assert len(refused.value.faults) == 1
    said = str(refused.value)
    assert said.startswith(f"b.yaml: {what}")
    assert said.endswith("has policy a already: expected one for each")


def test_one_name_is_one_file() -> None:
    with pytest.raises(PolicyRefused, match=r"a.yml: a.yaml is policy a already"):
        assemble({"a.yaml": written({}), "a.yml": written({"classes": '["06010"]'})})


def test_every_fault_of_every_file_is_told_at_once() -> None:
    with pytest.raises(PolicyRefused) as refused:
        assemble({**STREETS, "a.yaml": b"- 1\n", "b.yaml": written({"time": "4"})})
    assert [fault.file for fault in refused.value.faults] == ["a.yaml", "b.yaml"]


@given(st.text(max_size=40), st.none() | st.text(max_size=40), st.none() | st.text(max_size=20))
def test_whatever_an_event_says_it_is_answered(kind: str, code: str | None, catalogue: str | None) -> None:  # fmt: skip
    found = load_shipped().for_event(kind, code, catalogue)
    assert (found is not None) or code is None
