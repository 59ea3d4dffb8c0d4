"""What is wrong between the keys of a scenario file, each of which is sound. Pure.

A key that could not be read is not complained of twice: `found` has only what could be, `lines` every key
that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from contract.payloads.problem import CATALOGUE as DEFAULT
from contract.workorder import Priority
from hub.deadlines.computing import Stage
from hub.policies.catalogue import LOCAL, Catalogue
from hub.policies.nodes import Wrong
from hub.policies.policy import RESOLVE, Step, Verification
from hub.policies.sections import FROM_EVENT
from hub.policies.values import Placed

MOMENTS = ("opened", "dispatched", "resolved")
"""What a deadline may run from, besides other deadlines."""

EVERY = "*"
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""From the lowest."""


def across(
    found: Mapping[str, Any], lines: Mapping[str, int], catalogue: Catalogue
) -> Iterator[Wrong]:
    yield from _answers_for(lines)
    yield from _classes(found, lines, catalogue)
    yield from _deadlines(lines)
    stages = found.get("stages")
    if stages is not None:
        yield from _stages(stages)
        yield from _steps(found.get("escalation", ()), [one.value.name for one in stages])
    yield from _raised(found)
    relook = found.get("verification", Verification())
    misread = "verification" in lines and "verification" not in found
    if found.get("on_end") == "relook" and relook.mode != "edge-relook" and not misread:
        yield (
            lines["on_end"],
            "on_end: relook: expected verification: edge-relook, which looks again",
        )


def _answers_for(lines: Mapping[str, int]) -> Iterator[Wrong]:
    if "kinds" not in lines and "classes" not in lines:
        yield (
            0,
            "expected kinds: of events it answers for, or classes: where events bring their class",
        )
    if "kinds" in lines and "classes" in lines:
        yield lines["classes"], "expected kinds or classes, not both; write two files"
    if "kinds" in lines and "class" not in lines and "classes" not in lines:
        yield (
            lines["kinds"],
            f"class is missing: expected the code these events are filed under, or class: {FROM_EVENT}",
        )
    if "classes" in lines and "class" in lines:
        yield lines["class"], "expected no class beside classes: the event brings its own"


def _classes(
    found: Mapping[str, Any], lines: Mapping[str, int], catalogue: Catalogue
) -> Iterator[Wrong]:
    named = found.get("catalogue")
    of = named.value if named else DEFAULT if "classes" in lines else LOCAL
    if named and of not in catalogue.names():
        yield (
            named.line,
            f"catalogue: {of!r} is unknown: expected one of {', '.join(catalogue.names())}",
        )
        return
    seen: set[str] = set()
    for code in found.get("classes", ()):
        text = _expected_of(code.value, of, catalogue)
        if code.value in seen:
            text = f"{code.value} again: expected each class once"
        seen.add(code.value)
        if text:
            yield code.line, text
    filed = None if "classes" in lines else found.get("class_code")
    if filed is not None and EVERY in filed.value:
        yield filed.line, f"{filed.value}: expected one class, under which events are filed"
    elif filed is not None and filed.value != FROM_EVENT:
        text = _expected_of(filed.value, of, catalogue)
        if text:
            yield filed.line, text
    for n, kind in enumerate(kinds := found.get("kinds", ())):
        if kind.value in {before.value for before in kinds[:n]}:
            yield kind.line, f"{kind.value} again: expected each kind once"


def _expected_of(code: str, of: str, catalogue: Catalogue) -> str | None:
    prefix = code.removesuffix(EVERY)
    if code == EVERY:
        return None
    if EVERY in prefix or (prefix != code and not catalogue.starting(of, prefix)):
        return f"{code}: no class of {of} begins so: expected a code, a beginning such as 06*, or *"
    if prefix == code and catalogue.find(of, code) is None:
        return f"{code}: no class of {of}: expected one of its catalogue; `edile hub policy classes` lists them"
    return None


def _deadlines(lines: Mapping[str, int]) -> Iterator[Wrong]:
    if "time" in lines and "deadlines" in lines:
        yield (
            lines["time"],
            "expected time or deadlines, not both: time is the short form of one resolve",
        )
    if "time" not in lines and "deadlines" not in lines:
        yield (
            0,
            "no deadline: expected time: 4 urgent-hour, or deadlines: with a resolve among them",
        )


def _stages(stages: tuple[Placed[Stage], ...]) -> Iterator[Wrong]:
    names = [one.value.name for one in stages]
    since = {one.value.name: one.value.since for one in stages}
    for n, one in enumerate(stages):
        stage = one.value
        if stage.name in names[:n]:
            yield one.line, f"{stage.name} again: expected each deadline once"
        if stage.name == RESOLVE and not stage.amount:
            yield one.line, f"{RESOLVE}: expected more than 0"
        if stage.since not in (*MOMENTS, *names):
            known = ", ".join((*MOMENTS, *(name for name in names if name != stage.name)))
            yield (
                one.line,
                f"since: {stage.since!r} is no moment of an order: expected one of {known}",
            )
        elif _goes_round(stage.name, since):
            yield (
                one.line,
                f"since: {stage.since}: expected a moment that does not wait for {stage.name}",
            )
        elif stage.name == RESOLVE and stage.since == "resolved":
            yield one.line, f"since: resolved: expected a moment before {RESOLVE} is done"
    if RESOLVE not in names:
        yield (
            stages[0].line,
            f"no {RESOLVE} among the deadlines: expected one, its end is the order's own",
        )


def _goes_round(name: str, since: Mapping[str, str]) -> bool:
    at = since[name]
    for _ in since:
        if at == name:
            return True
        at = since.get(at, "")
    return False


def _raised(found: Mapping[str, Any]) -> Iterator[Wrong]:
    own = found.get("priority", "normal")
    for one in found.get("escalation", ()):
        to = one.value.priority
        if to is not None and PRIORITIES.index(to) <= PRIORITIES.index(own):
            yield one.line, f"priority: {to}: expected above the order's own, {own}, or no priority"


def _steps(steps: Iterable[Placed[Step]], stages: Iterable[str]) -> Iterator[Wrong]:
    seen: set[str] = set()
    known = list(dict.fromkeys(stages))
    for one in steps:
        if one.value.of not in known:
            text = f"of: {one.value.of!r} is no deadline of this file: expected one of {', '.join(known)}"
            yield one.line, text
        if one.value.name in seen:
            yield (
                one.line,
                f"{one.value.name} again: expected each step once; it is kept by its name",
            )
        seen.add(one.value.name)
