"""A scenario file -> Policy. Every fault of the file is told at once, with its line and what to write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contract.payloads.problem import CATALOGUE as DEFAULT
from hub.deadlines.computing import Stage
from hub.policies.catalogue import LOCAL, Catalogue
from hub.policies.catalogue_files import shipped_catalogue
from hub.policies.faults import Fault, PolicyRefused
from hub.policies.nodes import NotAsExpected, Wrong, composed
from hub.policies.policy import RESOLVE, Policy, Step, Text, Texts, Verification
from hub.policies.sections import FROM_EVENT, SCENARIO
from hub.policies.values import SLUG, Placed, partial

SUFFIXES = (".yaml", ".yml")
MOMENTS = ("opened", "dispatched", "resolved")
"""What a deadline may run from, besides other deadlines."""

EVERY = "*"


def policy_name(file_name: str) -> str:
    """The policy's name is the file's, with or without .yaml."""
    for suffix in SUFFIXES:
        file_name = file_name.removesuffix(suffix)
    return file_name


def read_policy(
    file_name: str, content: bytes, *, version: int = 1, catalogue: Catalogue | None = None
) -> Policy:
    """`file_name` without folders. PolicyRefused with all faults. `catalogue` None = the shipped one."""
    name = policy_name(file_name)
    wrong: list[Wrong] = []
    if not SLUG.fullmatch(name) or len(name) > 63:
        wrong.append(
            (0, "expected a file name of small letters, digits and hyphens: over-capacity.yaml")
        )
    try:
        found, lines, faults = partial(composed(content), SCENARIO, "a scenario: keys and values")
    except NotAsExpected as error:
        raise _refused(file_name, [*wrong, *error.wrong]) from error
    wrong += faults
    wrong += _across(found, lines, catalogue or shipped_catalogue())
    if wrong:
        raise _refused(file_name, wrong)
    return _made(name, version, found)


def _refused(file_name: str, wrong: Iterable[Wrong]) -> PolicyRefused:
    return PolicyRefused(Fault(file_name, line, text) for line, text in wrong)


def _made(name: str, version: int, found: Mapping[str, Any]) -> Policy:
    fields = dict(found)
    titles, asks = fields.pop("title"), fields.pop("ask", {"zh": "", "en": ""})
    texts = {lang: Text(title=titles[lang], ask=asks[lang]) for lang in ("zh", "en")}
    for key in ("kinds", "classes", "stages", "escalation"):
        if key in fields:
            fields[key] = tuple(one.value for one in fields[key])
    for key in ("class_code", "catalogue"):
        if key in fields:
            fields[key] = fields[key].value
    if fields.get("class_code") == FROM_EVENT:
        fields["class_code"] = None
    fields.setdefault("catalogue", DEFAULT if "classes" in found else LOCAL)
    return Policy(name=name, version=version, texts=Texts(**texts), **fields)


def _across(
    found: Mapping[str, Any], lines: Mapping[str, int], catalogue: Catalogue
) -> Iterator[Wrong]:
    """What is wrong between keys. A key that could not be read is not complained of twice."""
    yield from _answers_for(lines)
    yield from _classes(found, lines, catalogue)
    yield from _deadlines(lines)
    stages = found.get("stages")
    if stages is not None:
        yield from _stages(stages)
        yield from _steps(found.get("escalation", ()), [one.value.name for one in stages])
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
    one = None if "classes" in lines else found.get("class_code")
    for code in (*found.get("classes", ()), *([one] if one else [])):
        text = _expected_of(code.value, of, catalogue)
        if code is one and EVERY in code.value:
            text = f"{code.value}: expected one class, under which events are filed"
        if code is one and code.value == FROM_EVENT:
            text = None
        if code.value in seen:
            text = f"{code.value} again: expected each class once"
        seen.add(code.value)
        if text:
            yield code.line, text
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
