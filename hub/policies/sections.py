"""The parts of a scenario file: which keys each has, and which struct it becomes (docs/scenarios.md)."""

from __future__ import annotations

from typing import Any, get_args

import yaml

from contract.workorder import Priority, State
from hub.deadlines.computing import Stage
from hub.policies.nodes import NotAsExpected, expected, keyed, line_of
from hub.policies.policy import (
    RESOLVE,
    Dedupe,
    Evidence,
    Expiry,
    Filing,
    Mode,
    OnEnd,
    OwnerRule,
    Rank,
    Recurrence,
    SourceKind,
    Step,
    Verification,
)
from hub.policies.policy import Key as DedupeKey
from hub.policies.values import (
    KIND,
    SLUG,
    Key,
    Placed,
    amount,
    each,
    flag,
    matching,
    metres,
    one_of,
    part,
    placed,
    share,
    span,
    text,
    whole,
    window,
)

MIN_S, HOUR_S, DAY_S = 60, 3600, 86_400
MAX_RADIUS_M, MAX_CELL_M = 5_000, 20_000
FROM_EVENT = "from-event"
MAY_EXPIRE: tuple[State, ...] = ("review", "no-owner", "dispatched", "returned")
_slug = matching(SLUG, "a name of small letters, digits and hyphens")
_text = each(_slug, "names")
_priority = one_of(get_args(Priority))
_TITLE = {lang: Key(lang, text(80), needed=True) for lang in ("zh", "en")}
_ASK = {lang: Key(lang, text(400, one_line=False), needed=True) for lang in ("zh", "en")}
_FILING = {
    "min_confidence": Key("min_confidence", share),
    "min_looks": Key("min_looks", whole(1, 100)),
    "sources": Key("sources", each(one_of(get_args(SourceKind)), "sources")),
}
_OWNER = {
    "by": Key("by", one_of(("place", "gateway"))),
    "overlay": Key("overlay", _slug),
    "unit": Key("unit", text(63)),
}
_EVIDENCE = {
    "closing_photos": Key("closing_photos", whole(0, 20)),
    "within": Key("within_m", metres(MAX_RADIUS_M, above=0)),
}
_RELOOK = {
    "between": Key("between", window(MIN_S)),
    "answer_within": Key("answer_within_min", span(MIN_S, above=0)),
    "min_confidence": Key("min_confidence", share),
    "again_after": Key("again_after_h", span(HOUR_S, above=0)),
}
_STEP = {
    "name": Key("name", _slug, needed=True),
    "remind": Key("remind", one_of(get_args(Rank))),
    "escalate": Key("escalate", one_of(get_args(Rank))),
    "at": Key("share", share),
    "after": Key("after", amount),
    "of": Key("of", _slug),
    "priority": Key("priority", _priority),
}
_DEDUPE = {
    "key": Key("key", one_of(get_args(DedupeKey))),
    "cell": Key("cell_m", metres(MAX_CELL_M, above=0)),
    "radius": Key("radius_m", metres(MAX_RADIUS_M)),
    "window": Key("window_h", span(HOUR_S, above=0)),
    "same_source": Key("same_source", one_of(("separate", "join"))),
}
_RECURRENCE = {
    "rework_after": Key("rework_after_min", span(MIN_S)),
    "reopen_within": Key("reopen_within_h", span(HOUR_S)),
    "relapse_within": Key("within_days", span(DAY_S)),
}
_EXPIRY = {
    "after": Key("after", amount, needed=True),
    "states": Key("states", each(one_of(MAY_EXPIRE), "states")),
}


def _title(node: yaml.Node) -> dict[str, Any]:
    return part(node, _TITLE, "texts {zh: ..., en: ...}")


def _ask(node: yaml.Node) -> dict[str, Any]:
    return part(node, _ASK, "texts {zh: ..., en: ...}")


def _class(node: yaml.Node) -> str:
    return text(63)(node)


def _filing(node: yaml.Node) -> Filing:
    return Filing(**part(node, _FILING, "{min_confidence: ..., min_looks: ..., sources: [...]}"))


def _owner(node: yaml.Node) -> OwnerRule:
    if isinstance(node, yaml.ScalarNode):
        return OwnerRule(by=one_of(("place", "gateway"))(node))
    found = part(node, _OWNER, "place, gateway, or {by: ..., overlay: ..., unit: ...}")
    if "unit" in found and len(found) > 1:
        raise expected(
            node, "unit names the owner for good: expected no by and no overlay beside it"
        )
    return OwnerRule(**found)


def _evidence(node: yaml.Node) -> Evidence:
    return Evidence(**part(node, _EVIDENCE, "{closing_photos: ..., within: ...}"))


def _verification(node: yaml.Node) -> Verification:
    what = f"one of {', '.join(get_args(Mode))}, or edge-relook: {{between: ..., ...}}"
    if isinstance(node, yaml.ScalarNode):
        return Verification(mode=one_of(get_args(Mode))(node))
    values, _, wrong = keyed(node, what)
    if wrong or list(values) != ["edge-relook"]:
        raise NotAsExpected(*wrong, (line_of(node), f"expected {what}"))
    found = part(values["edge-relook"], _RELOOK, "{between: ..., answer_within: ...}")
    if "between" in found:
        found["earliest_min"], found["latest_min"] = found.pop("between")
    return Verification(mode="edge-relook", **found)


def _time(node: yaml.Node) -> tuple[Placed[Stage], ...]:
    given = amount(node)
    return (Placed(Stage(name=RESOLVE, amount=given.amount, unit=given.unit), line_of(node)),)


def _stage(node: yaml.Node) -> Stage:
    what = "a deadline such as {resolve: 4 urgent-hour, since: opened}"
    values, lines, wrong = keyed(node, what)
    names = [name for name in values if name != "since"]
    if wrong or len(names) != 1:
        raise NotAsExpected(*wrong or [(line_of(node), f"expected {what}")])
    name = names[0]
    keys = {name: Key("given", amount), "since": Key("since", _slug)}
    if not SLUG.fullmatch(name):
        raise NotAsExpected((lines[name], f"{name!r}: expected {what}"))
    found = part(node, keys, what)
    given = found["given"]
    return Stage(
        name=name, amount=given.amount, unit=given.unit, since=found.get("since", "opened")
    )


def _step(node: yaml.Node) -> Step:
    found = part(node, _STEP, "a step such as {name: half-way, remind: owner, at: 50 %}")
    name = found["name"]
    if ("remind" in found) == ("escalate" in found):
        raise expected(node, f"{name}: expected either remind: WHOM or escalate: WHOM")
    if ("share" in found) == ("after" in found):
        raise expected(
            node,
            f"{name}: expected either at: a share of the stage's time, such as 50 %, "
            "or after: a time behind its end, such as 2 urgent-hour",
        )
    if "remind" in found and "priority" in found:
        raise expected(
            node, f"{name}: a reminder changes no priority: expected escalate, or no priority"
        )
    do = "remind" if "remind" in found else "escalate"
    found["to"] = found.pop(do)
    if "after" in found:
        found["after"], found["unit"] = found["after"]
    return Step(do=do, **found)  # type: ignore[arg-type]  # mypy widens the two words to str


def _dedupe(node: yaml.Node) -> Dedupe:
    if isinstance(node, yaml.ScalarNode):
        return Dedupe(key=one_of(get_args(DedupeKey))(node))
    found = part(node, _DEDUPE, "{key: ..., radius: ..., window: ...}")
    made = Dedupe(**found)
    if "cell_m" in found and made.key != "cell":
        raise expected(node, f"cell: expected it only with key: cell, not with key: {made.key}")
    for key, name in (("window_h", "window"), ("same_source", "same_source")):
        if key in found and not made.radius_m:
            raise expected(node, f"{name}: expected a radius beside it, such as radius: 30 m")
    return made


def _recurrence(node: yaml.Node) -> Recurrence:
    found = Recurrence(**part(node, _RECURRENCE, "{rework_after: ..., reopen_within: ...}"))
    if found.reopen_within_h > found.within_days * 24:
        raise expected(node, "reopen_within: expected no longer than relapse_within")
    return found


def _expiry(node: yaml.Node) -> Expiry | None:
    if isinstance(node, yaml.ScalarNode):
        one_of(("never",))(node)
        return None
    found = part(node, _EXPIRY, "never, or {after: 72 urgent-hour, states: [review]}")
    given = found.pop("after")
    if not given.amount:
        raise expected(node, "after: expected more than 0, or expiry: never")
    return Expiry(amount=given.amount, unit=given.unit, **found)


SCENARIO: dict[str, Key] = {
    "title": Key("title", _title, needed=True),
    "ask": Key("ask", _ask),
    "kinds": Key(
        "kinds", each(placed(matching(KIND, "a kind of event, such as over-capacity")), "kinds")
    ),
    "classes": Key("classes", each(placed(_class), "class codes")),
    "class": Key("class_code", placed(_class)),
    "catalogue": Key("catalogue", placed(_slug)),
    "priority": Key("priority", _priority),
    "review": Key("review", flag),
    "filing": Key("filing", _filing),
    "owner": Key("owner", _owner),
    "time": Key("stages", _time),
    "deadlines": Key("stages", each(placed(_stage), "deadlines")),
    "evidence": Key("evidence", _evidence),
    "verification": Key("verification", _verification),
    "escalation": Key("escalation", each(placed(_step), "steps")),
    "dedupe": Key("dedupe", _dedupe),
    "recurrence": Key("recurrence", _recurrence),
    "on_end": Key("on_end", one_of(get_args(OnEnd))),
    "expiry": Key("expiry", _expiry),
    "late_share": Key("late_share", share),
}
"""Every key of a file. `time` is the short form of `deadlines` with one stage."""
